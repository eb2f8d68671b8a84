import type { Column, Values } from '../../exports/table.ts'

/** The names of the tables, which are the folders of the archive. */
export const TABLE_NAMES = ['events', 'feedback', 'rollups'] as const
export type TableName = (typeof TABLE_NAMES)[number]

/** How a kind of thing is stored as rows. */
export interface ArchiveTable<Thing> {
  name: TableName
  /** Version of the columns; goes up with each change of them. */
  schema: number
  columns: (Column & { description: string })[]
  /** The columns that rows are sorted by. */
  sorted: string[]
  rowOf(thing: Thing): Values
  /** Returns the thing just as it was. @throws Error when the row was sealed with another data secret */
  thingOf(row: Values): Thing
  /** Returns whose the thing is; a table of sums has no people. */
  personOf?(thing: Thing): string
}

/** Adds descriptions to columns. */
export function described(columns: Column[], descriptions: Record<string, string>): ArchiveTable<unknown>['columns'] {
  return columns.map(column => ({ ...column, description: descriptions[column.name] ?? '' }))
}

/** Returns the values of a row that are there. */
export function presentIn(row: Values): Values {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined))
}
