import { ArrowLeft, Download } from 'lucide-preact'
import { useLocation } from 'preact-iso'
import { useAnswer, withQuery } from '../../api/answers.ts'
import { askForFile } from '../../api/ask.ts'
import { reportResult } from '../../api/resources.ts'
import { saveFile } from '../../api/save-file.ts'
import type { ReportDescription } from '../../api/types.ts'
import { ZONE } from '../../format/times.ts'
import { Button, ButtonLink } from '../../ui/actions/button.tsx'
import { Code } from '../../ui/data/code.tsx'
import { Failure } from '../../ui/feedback/failure.tsx'
import { SkeletonRows } from '../../ui/feedback/skeleton.tsx'
import { Room } from '../../ui/layout/room.tsx'
import { commandOf } from './command.ts'
import { Parameters } from './parameters.tsx'
import styles from './report-page.module.css'
import { Result } from './result/result.tsx'

/** A report: a form of its parameters, and its result for those in the address. */
export function ReportPage({ report }: { report: ReportDescription }) {
  const { query, path, route } = useLocation()
  const values = valuesOf(report, query)
  const resource = reportResult(report.name, values)
  const { data, error, isFetching, refetch } = useAnswer(resource, { keep: true })
  const csv = reportResult(report.name, { ...values, format: 'csv' })
  const save = async () => saveFile(await askForFile(csv.path), `${report.name}.csv`)
  return (
    <Room
      title={report.question}
      tools={
        <>
          <ButtonLink emphasis="quiet" icon={ArrowLeft} href="/dashboard/reports">
            All reports
          </ButtonLink>
          <Button icon={Download} onClick={save} disabled={!data}>
            CSV
          </Button>
        </>
      }
    >
      <Parameters report={report} values={values} busy={isFetching} run={next => route(withQuery(path, next))} />
      {error ? (
        <Failure problem={error} retry={refetch} />
      ) : data ? (
        <Result report={data} />
      ) : (
        <SkeletonRows rows={10} />
      )}
      <details class={styles.more}>
        <summary>Get the same on the command line</summary>
        <Code label="The command" text={commandOf(report.name, values)} />
        <p>{report.cost}</p>
      </details>
    </Room>
  )
}

/** Returns the parameters of the report that the address has, and what it is compared with; days are those of the reader's zone. */
function valuesOf({ parameters }: ReportDescription, query: Record<string, string>): Record<string, string> {
  const names = [...parameters.map(({ name }) => name), 'compare']
  const zone = names.includes('tz') ? { tz: ZONE } : {}
  return { ...zone, ...Object.fromEntries(names.flatMap(name => (query[name] ? [[name, query[name]]] : []))) }
}
