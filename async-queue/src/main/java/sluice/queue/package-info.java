/**
 * Durable calls, from acceptance to callback. Start at {@link sluice.queue.Ledger}: it is the seam between the one
 * scheduler and the journals.
 *
 * <h2>Who does what</h2>
 *
 * <ul>
 *   <li>A <em>journal</em> implements {@link sluice.core.calls.CallJournal} for the API: it makes submits durable,
 *       answers reads, decides cancels. It also implements {@link sluice.queue.Ledger} for the scheduler: what waits,
 *       and every change of state, each of which can lose to another one and then has no effect.
 *   <li>The <em>scheduler</em> ({@code sluice.queue.schedule}) implements {@link sluice.queue.Arrivals}, by which the
 *       journal tells it what came and what was withdrawn. It knows lanes ({@link sluice.queue.Lane}: a function within
 *       a queue), slots, time and retry rules; it knows no storage.
 *   <li>The <em>store</em> ({@code sluice.queue.store}) is an SQLite file with one writer: for the embedded journal it is
 *       the truth, for a journal in a broker a disposable view of it, with the same tables and the same queries.
 * </ul>
 *
 * <h2>One attempt</h2>
 *
 * <pre>
 * journal:   submit durable ──▶ Arrivals.arrived(calls)
 * scheduler: lane due, slot granted ──▶ Ledger.begin(waiting)      compare and set: waiting → running, durable
 *            function answers       ──▶ Ledger.spool(answer)       bytes kept, not yet part of the call
 *                                   ──▶ Ledger.end(attempt, …)     compare and set: running → ended, durable
 *                            or         Ledger.retry(attempt, …)   running → waiting, due later
 *                            or         Ledger.giveBack(attempt)   running → waiting, the attempt does not count
 * journal:   cancel durable ──▶ Arrivals.withdrawn(rid), then the caller hears of it
 * </pre>
 *
 * A fence ({@link sluice.queue.Attempt#fence}) given by {@code begin} goes with each later change; a journal refuses a
 * change whose fence is not the call's newest: after a restart, a lost lease, a cancel.
 */
@NullMarked
@CheckReturnValue
package sluice.queue;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
