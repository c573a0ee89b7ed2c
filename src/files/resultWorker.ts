import { parentPort, workerData } from 'node:worker_threads';
import { setTranslator, translatorOf } from '../base/l10n';
import { answerRequest, type WorkerRequest, type WorkerSetup } from './resultWorkerProtocol';

// The thread that reads results: a large one takes seconds and gigabytes, and the editor must not feel it.
const port = parentPort;
if (port === null) throw new Error('resultWorker runs as a worker thread only');
setTranslator(translatorOf((workerData as WorkerSetup).bundle));
port.on('message', (request: WorkerRequest) => {
  void answerRequest(request).then(({ answer, transfer }) => {
    port.postMessage(answer, transfer);
  });
});
