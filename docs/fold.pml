/* How events and sums are written (src/events/ingest/flush.ts, src/rollups/worker/roll-up-marks.ts), for the model checker spin (Debian's package `spin`), in a
   small world: two writers, one or two workers, two minutes of one hour, three events of which one is sent twice. spin tries every interleaving,
   with processes that die, pauses of any length and resends. The numbers must be right whenever all is quiet. A fresh roll-up of a minute that
   has never settled comes from the writers' partial sums and is provisional, and the hour gets its difference to the sum before; here both are
   as wrong as can be. A settled minute must never lose events.

     spin -DWORKERS=1 -a fold.pml && gcc -O2 -DSAFETY -DHC4 -w -o pan pan.c && ./pan -m100000
     also -DWORKERS=2 -DCRASHES=0 -DT=4

   Each of these breaks it, and must be found. With WORKERS=1: -DMARK_AFTER (a minute's mark after the insert), -DNO_HOLD (delete at first
   sight), -DHOLD_EQUAL (hold compared with >=), -DSTAMP_EARLY (the clock read before the mark was), -DNO_REMARK (a late insert is not
   marked again), -DCACHE_EARLY (trust a mark before it is acknowledged), -DUP_LATE (the minute's mark deleted before the hour's is there),
   -DPROVISIONAL_OVER_SETTLED (a provisional write may replace a settled roll-up), -DPROVISIONAL_GOES (the mark deleted after a provisional
   write).
   With WORKERS=2: -DUP_EARLY (the hour's mark before the minute's write), -DTOKEN_LATE (the hour's token read after its sources), -DNO_CAS
   (a stale write may win), -DDELETE_ANYWAY (delete the mark although a write was refused), -DABOVE_LATE (the hour's revision read after the fresh
   minute's write), -DABOVE_SETTLED (the hour only gets the difference although the minute's mark goes). */

#define H 2                                   /* the hold, in ticks */
#ifndef CACHE
#define CACHE 1                               /* how long a writer leans on its own mark */
#endif
#ifndef T
#define T 5                                   /* the world ends here */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifdef HOLD_EQUAL
#define OLD(x) (now >= seenAt[x] + H)         /* seen for long enough to be settled */
#else
#define OLD(x) (now > seenAt[x] + H)
#endif
#define MINUTE(e) (e == 2 -> 1 : 0)
#define LIST(w, i) (w == 0 -> (i == 0 -> 0 : 2) : (i == 0 -> 1 : 0))

byte now = 1, crashes = CRASHES, doneWriters, busyWorkers;
byte log[2];                                  /* the events of each minute, a bit each */
bool mark[3];                                 /* 0 and 1 are minutes, 2 is their hour */
byte rollup[3];
bool settledOnce[2];                          /* the minute's roll-up was read from the log when its mark was settled */

/* A token that a worker saw is still the mark's token; a revision that it read is still the rollup's. One bit a worker: worker * 3 + bucket. */
bool sameToken[6], sameRevision[6];
byte seenAt[6];                               /* since when, by the worker's clock; 0 is not known yet */

inline putMark(b)        { mark[b] = true; forget(b) }
inline forget(b)         { sameToken[b] = false; sameToken[3 + b] = false; seenAt[b] = 0; seenAt[3 + b] = 0 }
inline dropMark(f, b, may) { d_step { if :: (may) && mark[b] && sameToken[f * 3 + b] -> mark[b] = false; forget(b) :: else fi } }
inline putRollup(b, val) { assert(b == 2 || !settledOnce[b] || (val & rollup[b]) == rollup[b]); rollup[b] = val; sameRevision[b] = false; sameRevision[3 + b] = false }
inline die()        { crashes--; sentAt[0] = 0; sentAt[1] = 0 }

proctype Clock() { do :: now < T -> now++ :: else -> break od }

proctype Writer(byte w) {
  byte i, e, m, since, sentAt[2];             /* sentAt: when the mark that we lean on was sent; 0 is none */
  do
  :: i < 2 ->
    e = LIST(w, i); m = MINUTE(e);
again: skip;
#ifndef MARK_AFTER
    if
    :: atomic { sentAt[m] > 0 && now <= sentAt[m] + CACHE -> since = sentAt[m] }
    :: atomic { !(sentAt[m] > 0 && now <= sentAt[m] + CACHE) -> since = now;
#ifdef CACHE_EARLY
         sentAt[m] = since
#endif
       };
       if
       :: d_step { putMark(m) }
       :: atomic { crashes > 0 -> die(); goto again }
#ifdef CACHE_EARLY
       :: atomic { crashes > 0 -> crashes-- }                 /* the mark failed, another flush of this process went ahead */
#endif
       fi;
       sentAt[m] = since                                      /* acknowledged */
    fi;
#else
    since = now;
#endif
    if
    :: d_step { log[m] = log[m] | (1 << e) }                  /* it may land at any time */
    :: atomic { crashes > 0 -> die(); goto again }            /* died before it landed; the client sends again */
    fi;
#ifdef MARK_AFTER
    if
    :: d_step { putMark(m) }
    :: atomic { crashes > 0 -> die() }
    fi;
#endif
#ifndef NO_REMARK
    if
    :: d_step { now > since + H -> putMark(m) }               /* answered late: the mark may be gone */
    :: now <= since + H
    fi;
#endif
    d_step { i++; since = 0; e = 0; m = 0; if :: i == 2 -> sentAt[0] = 0; sentAt[1] = 0 :: else fi }
  :: else -> break
  od;
  doneWriters++
}

proctype Worker(byte f) {
  byte x, v, before, since; bool settle, ok, provisional;
end:
  do
  :: atomic { mark[0] && !(sameToken[f * 3] && !OLD(f * 3)) -> x = 0; busyWorkers++ } -> goto minutes
  :: atomic { mark[1] && !(sameToken[f * 3 + 1] && !OLD(f * 3 + 1)) -> x = 1; busyWorkers++ } -> goto minutes
  :: atomic { mark[2] -> busyWorkers++ } -> goto hours
  od;

minutes: skip;                                                /* a token seen for longer than H is settled, else the fold is a fresh one */
#ifdef STAMP_EARLY
  since = now;
#endif
  d_step {                                                    /* read the mark; is it old enough? decided before the log is read */
#ifdef NO_HOLD
    sameToken[f * 3 + x] = mark[x]; settle = mark[x]
#else
    if
    :: sameToken[f * 3 + x] && seenAt[f * 3 + x] > 0 && OLD(f * 3 + x) -> settle = true
    :: else -> settle = false; if :: !sameToken[f * 3 + x] -> sameToken[f * 3 + x] = mark[x]; seenAt[f * 3 + x] = 0 :: else fi
    fi
#endif
  };
#ifndef STAMP_EARLY
  since = now;                                                /* the answer has arrived: from now on it is known */
#endif
  d_step { if :: sameToken[f * 3 + x] && seenAt[f * 3 + x] == 0 -> seenAt[f * 3 + x] = since :: else fi; since = 0 };
  d_step { sameRevision[f * 3 + x] = true;                    /* read the minute's revision, whether it has settled, and the hour's revision */
#ifndef ABOVE_LATE
    sameRevision[f * 3 + 2] = true;
#endif
    before = rollup[x];
#ifdef PROVISIONAL_OVER_SETTLED
    provisional = !settle
#else
    provisional = !settle && !settledOnce[x]
#endif
  };
  v = (provisional -> 7 - log[x] : log[x]);                   /* read the log, or the partial sums, which are as wrong as can be */
#ifdef UP_EARLY
  d_step { putMark(2) };
#endif
  d_step {
    ok = sameRevision[f * 3 + x];
#ifdef NO_CAS
    ok = true;
#endif
    if :: ok -> putRollup(x, v); if :: settle -> settledOnce[x] = true :: else fi :: else fi;
#ifdef DELETE_ANYWAY
    ok = true;
#endif
  };
  if :: atomic { crashes > 0 -> crashes--; goto out } :: true fi;
#ifdef UP_LATE
  dropMark(f, x, settle && ok);
  if :: atomic { crashes > 0 -> crashes--; goto out } :: true fi;
#endif
#ifndef UP_EARLY
#ifdef ABOVE_SETTLED
  if :: ok -> goto above :: else fi;
#else
  if
  :: ok && !settle -> goto above                              /* the minute's mark stays and will ask for the hour's: the hour is only kept fresh */
  :: ok && settle -> d_step { putMark(2) }                    /* the minute's mark goes: the hour's must be there first */
  :: else
  fi;
#endif
#endif
  if :: atomic { crashes > 0 -> crashes--; goto out } :: true fi;
#ifndef UP_LATE
  dropMark(f, x, settle && ok);
#endif
  goto out;

above: skip;                                                  /* the hour gets the difference, under no mark of its own: of partial sums, as wrong as can be */
#ifdef ABOVE_LATE
  sameRevision[f * 3 + 2] = true;
#endif
  d_step { if :: sameRevision[f * 3 + 2] -> putRollup(2, (provisional -> 7 - (rollup[0] | rollup[1]) : (rollup[2] & (7 - before)) | v)) :: else fi };
#ifdef PROVISIONAL_GOES
  dropMark(f, x, true);
#endif
#ifdef ABOVE_SETTLED
  if :: atomic { crashes > 0 -> crashes--; goto out } :: true fi;
  dropMark(f, x, settle);
#endif
  goto out;

hours: skip;                                                  /* such a mark comes after the write, so it needs no hold */
  sameToken[f * 3 + 2] = mark[2];
  sameRevision[f * 3 + 2] = true;
  v = rollup[0] | rollup[1];
#ifdef TOKEN_LATE
  sameToken[f * 3 + 2] = mark[2];
#endif
  d_step {
    ok = sameRevision[f * 3 + 2];
#ifdef NO_CAS
    ok = true;
#endif
    if :: ok -> putRollup(2, v) :: else fi;
#ifdef DELETE_ANYWAY
    ok = true;
#endif
  };
  if :: atomic { crashes > 0 -> crashes--; goto out } :: true fi;
  dropMark(f, 2, ok);
out: skip;
  d_step { busyWorkers--; x = 0; v = 0; before = 0; since = 0; settle = false; ok = false; provisional = false;
    sameRevision[f * 3] = false; sameRevision[f * 3 + 1] = false; sameRevision[f * 3 + 2] = false; sameToken[f * 3 + 2] = false };
  goto end
}

proctype Watch() {
end:
  atomic { (doneWriters == 2 && busyWorkers == 0 && !mark[0] && !mark[1] && !mark[2]) ->
    assert(rollup[0] == log[0] && rollup[1] == log[1] && rollup[2] == (log[0] | log[1])) }
}

init {
  atomic {
    run Clock(); run Writer(0); run Writer(1); run Watch(); run Worker(0);
#if WORKERS > 1
    run Worker(1);
#endif
  }
}
