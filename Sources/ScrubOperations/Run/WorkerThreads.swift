internal import Foundation

/// A thread for each worker, so that as many of them as are asked for wait for a store at the same time: the threads that
/// tasks share are as many as there are cores.
package final class WorkerThreads: TaskExecutor {
  package init() {}

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    Thread.detachNewThread { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
