const SETTINGS = {
  listen_addresses: '',
  shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb_extended_rum,pg_documentdb',
  'cron.database_name': 'postgres',
  // Without background workers every cron job fails, including TTL and background index builds.
  'cron.use_background_workers': 'on',
  'cron.log_run': 'off',
  max_worker_processes: '16',
  max_connections: '120',
  deadlock_timeout: '100ms',
  jit: 'off',
  // Half the CPU of the default, pglz, for images, which do not shrink: 0.75 s instead of 1.40 for 51 MB. Ingest writes 5 % more WAL.
  default_toast_compression: 'lz4',
  // Only these indexes return documents in order; without them a sorted page reads all matching documents.
  'documentdb.alternate_index_handler_name': 'extended_rum',
  'documentdb_core.enableCollation': 'on',
  'documentdb.enableCollationWithNonUniqueOrderedIndexes': 'on',
  'documentdb.maxWriteBatchSize': '100000',
  'documentdb.useFileBasedPersistedCursors': 'on',
  'documentdb.throwDeadlockOnCRUD': 'on',
}

/** Settings of a server whose data need not survive a power failure. */
const VOLATILE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * Returns PostgreSQL's settings by name; all others have their defaults. They are set at each start, so that existing data get them, too.
 * @param sockets the folder of its Unix domain socket
 * @param durable whether committed data survive a power failure
 */
export function serverSettings({ sockets, durable }: { sockets: string; durable: boolean }): Record<string, string> {
  return {
    ...SETTINGS,
    ...(durable ? {} : VOLATILE_SETTINGS),
    unix_socket_directories: sockets,
    'documentdb.localhost_connection_string': `host=${sockets}`,
    'cron.host': sockets,
  }
}
