import { DuckDBInstance } from '@duckdb/node-api'
import type { Test } from 'tap'

/** Runs SQL by DuckDB on the files of a folder, which it finds by their names. Integers of any size come as numbers. */
export async function sqlOn(t: Test, folder: string) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  t.teardown(() => {
    connection.closeSync()
    instance.closeSync()
  })
  await connection.run(`SET file_search_path = '${folder}'; SET TimeZone = 'UTC'`)
  return async (sql: string): Promise<Record<string, unknown>[]> => {
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS()
    return rows.map(row =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
      ),
    )
  }
}
