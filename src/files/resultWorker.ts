import { parentPort } from 'node:worker_threads';
import { answerRequest, type WorkerRequest } from './resultWorkerProtocol';

// The thread that reads results: a large one takes seconds and gigabytes, and the editor must not feel it.
const port = parentPort;
if (port === null) throw new Error('resultWorker runs as a worker thread only');
port.on('message', (request: WorkerRequest) => {
  void answerRequest(request).then(({ answer, transfer }) => {
    port.postMessage(answer, transfer);
  });
});
