import * as vscode from 'vscode';
import { COMMANDS } from '../../manifest/ids';
import type { Services } from '../host/services';
import { showError } from '../host/showError';
import { checkEngine, chooseImage, startEngine, updateImage } from './engineCommands';
import { openLeanJson, openProjectConfig, openProjectSource, openSettings, pickCurrent, refresh, runMenu } from './otherCommands';
import { copyRunPath, deleteRun, openCodeSnapshot, openResult, openRunFolder, showLaunchPlan, showRunLog } from './resultCommands';
import { backtest, backtestWith, kill, runAgain, stop } from './runCommands';
import { targetOf, type Target } from './targets';

type Handler = (services: Services, target: Target) => Promise<void>;

/** One handler for every command there is; the compiler sees to it that none is missing. */
const HANDLERS: Readonly<Record<keyof typeof COMMANDS, Handler>> = {
  backtest,
  backtestWith,
  runMenu,
  runAgain,
  stop,
  kill,
  openResult,
  openResultBeside: (services, target) => openResult(services, target, true),
  showRunLog,
  openRunFolder,
  openCodeSnapshot,
  deleteRun,
  copyRunPath,
  showLaunchPlan,
  pickProject: pickCurrent,
  openProjectSource,
  openProjectConfig,
  openLeanJson,
  chooseImage,
  updateImage,
  checkEngine,
  startEngine,
  refresh,
  showLog: (services) => {
    services.log.show();
    return Promise.resolve();
  },
  openSettings: (_, target) => openSettings(target),
};

/** Registers all commands; what one throws is told to the person. */
export function registerCommands(services: Services): vscode.Disposable {
  const registrations = Object.entries(HANDLERS).map(([name, handler]) =>
    vscode.commands.registerCommand(COMMANDS[name as keyof typeof COMMANDS], async (argument: unknown) => {
      try {
        await handler(services, targetOf(argument, services));
      } catch (error) {
        // Not awaited: a command is over when its work is, not when a message is clicked away.
        void showError(error, services.log);
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}
