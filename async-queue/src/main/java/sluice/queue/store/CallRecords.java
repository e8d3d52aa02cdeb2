package sluice.queue.store;

import java.net.URI;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallState;

/** Makes of a row what callers are told. */
public final class CallRecords {
    private static final int COUNTED = 100_000;

    private CallRecords() {}

    /** With the position in the queue, which takes counting. */
    public static CallRecord withPosition(Tables tables, CallRow row) throws SQLException {
        boolean isQueued = row.state() == CallState.QUEUED || row.state() == CallState.RETRYING;
        return of(tables, row, isQueued ? tables.calls().position(row, COUNTED) : -1);
    }

    /** Without the position. */
    public static CallRecord of(Tables tables, CallRow row) throws SQLException {
        return of(tables, row, -1);
    }

    private static CallRecord of(Tables tables, CallRow row, long position) throws SQLException {
        CallbackTable.Callback kept = row.hasCallback() ? tables.callbacks().find(row.rid()) : null;
        CallRecord.CallbackLog callback = kept == null
                ? null
                : new CallRecord.CallbackLog(
                        withoutUserInfo(kept.url()), kept.isDelivered(), kept.isGivenUp(), kept.log());
        return of(row, position, callback);
    }

    /** Of what is at hand. */
    public static CallRecord of(CallRow row, long position, CallRecord.@Nullable CallbackLog callback) {
        boolean isWaiting = row.state() == CallState.QUEUED || row.state() == CallState.RETRYING;
        return new CallRecord(
                row.rid().toString(),
                row.callId(),
                row.isCallIdChosen(),
                row.lane().function(),
                row.lane().queue(),
                row.state(),
                row.attempt(),
                row.maxAttempts(),
                Instant.ofEpochMilli(row.submittedMillis()),
                instant(row.startedMillis()),
                instant(row.endedMillis()),
                isWaiting ? Instant.ofEpochMilli(row.dueMillis()) : null,
                row.httpStatus(),
                row.reason(),
                position,
                row.hasAnswer(),
                row.isForgotten(),
                row.labels(),
                callback);
    }

    /** A URL without what may be a password. */
    public static String withoutUserInfo(String url) {
        URI uri = URI.create(url);
        String info = uri.getRawUserInfo();
        return info == null ? url : url.replaceFirst(java.util.regex.Pattern.quote(info + "@"), "");
    }

    private static @Nullable Instant instant(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }
}
