import { Problem, pointerOf } from '../../errors.ts'

/** What is wrong with an own report, found when it is read or when it runs. */
export class ReportFault extends Problem {
  constructor(detail: string) {
    super('report_failed', { detail })
  }
}

/** A part of a pipeline that an own report may not contain: its place, as a JSON Pointer, and why. */
export class PipelineFault extends ReportFault {
  constructor(path: string[], why: string) {
    super(`${pointerOf(...path)} ${why}`)
  }
}
