/**
 * Describes an own report in a module of the folder `REPORTS_DIR`, which imports this from `glance/reports`. The report is checked when
 * the service reads the folder.
 * @param {import('./own-report.ts').OwnReport} report
 * @returns the same report, which the module exports by default
 */
export function defineReport(report) {
  return report
}
