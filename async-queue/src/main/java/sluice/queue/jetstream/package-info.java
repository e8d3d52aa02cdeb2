/**
 * Durable calls in NATS JetStream: a replicated log, not the queue. Start at
 * {@link sluice.queue.jetstream.JetStreamJournal}.
 *
 * <h2>What is where</h2>
 *
 * <pre>
 * SLUICE_OPEN    SLUICE.open.q.PP.HASH.RID  a submit: record, request head, small body; never rewritten
 *                SLUICE.open.s.PP.HASH.RID  the record after its last change; the newest message is the truth
 * SLUICE_RESULT  SLUICE.r.RID.FENCE  an answer: head, small body
 * SLUICE_KEY     SLUICE.k.HASH       the call that an idempotency key belongs to
 * SLUICE_BODY_DAY  SLUICE.b.DAY.NAME.N  part N of a larger body
 * </pre>
 *
 * {@code PP} is one of 64 partitions, by the hash of the function, and {@code HASH} is 40 bits of the call id's hash. Both
 * lie in the record id, so that a record id alone finds its messages, and a call id finds them by a wildcard. Every change is a publish that expects the sequence of the message it replaces:
 * of two that race exactly one wins. Each partition has one owner, by a lease of the fleet, which follows its messages
 * into a local SQLite file, the view, and runs the scheduler over it. The view is made anew with each ownership.
 *
 * <p>Dead calls stay where they are, so that a redrive is one change; bodies lie in plain messages and not in NATS's
 * object store, since reading an object makes a consumer, and no request here does.
 */
@NullMarked
@CheckReturnValue
package sluice.queue.jetstream;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
