import t from 'tap'
import { processesOf } from '../../scripts/test/processes.ts'
import { resultsOf } from '../../scripts/test/results.ts'

t.test('the files of a folder share a process, long ones begin first and have their own', t => {
  const tests = [
    'test/lib/b.test.ts',
    'test/start.test.ts',
    'test/lib/a.test.ts',
    'test/c.test.ts',
    'test/http/d.test.ts',
  ]
  t.strictSame(processesOf(tests), [
    { path: '01/test/http/d.test.js', tests: ['test/http/d.test.ts'] },
    { path: '02/test/start.test.js', tests: ['test/start.test.ts'] },
    { path: '03/test/lib.js', tests: ['test/lib/a.test.ts', 'test/lib/b.test.ts'] },
    { path: '04/test/c.test.js', tests: ['test/c.test.ts'] },
  ])
  t.end()
})

t.test('the results of a run are those of its tests, in processes of one file and of several', t => {
  const tap = `
    # Subtest: a test
        ok 1 - an assertion
        1..1
    ok 1 - a test # time=1ms
    not ok 2 - another # time=1ms
    ok 3 - a third # SKIP needs root
ok 1 - 01/test/start.test.js # time=1ms
    # Subtest: test/lib/a.test.ts
        # Subtest: a test
            ok 1 - an assertion
        ok 1 - a test # time=1ms
        not ok 2 - another # time=1ms
        ok 3 - a third # SKIP needs root
    not ok 1 - test/lib/a.test.ts # time=1ms
not ok 2 - 02/test/lib.js # time=1ms
`
  t.same(resultsOf(tap), ['ok', 'not ok', 'ok', 'not ok'])
  t.end()
})
