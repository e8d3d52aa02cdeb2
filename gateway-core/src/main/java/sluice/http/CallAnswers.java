package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import sluice.core.VersionInfo;
import sluice.core.calls.CallResult;

/** The answers to those who hand in calls and fetch results. */
final class CallAnswers {
    static final String FUNCTION_STATUS = "X-Function-Status";
    private static final String CALL_ID = "X-Call-Id";
    private static final String START_TIME = "X-Start-Time";
    private static final String SERVED_BY = "X-Served-By";

    private final String servedBy;

    CallAnswers(VersionInfo version) {
        this.servedBy = "sluice/" + version.release();
    }

    /** The call is kept. */
    Answer accepted(String callId, String start, Preferences preferences) {
        Answer answer = Answer.empty(202)
                .with(CALL_ID, callId)
                .with(START_TIME, start)
                .with(SERVED_BY, servedBy)
                .with(HttpHeaderNames.LOCATION, AsyncTarget.pathOf(callId));
        String applied = preferences.appliedWithoutAnswer();
        return applied.isEmpty() ? answer : answer.with(Preferences.APPLIED, applied);
    }

    /** The function's own answer, as if the client had waited for it from the beginning. */
    Answer inline(CallResult result, String start, Preferences preferences) {
        return Answer.buffers(result.status(), result.headers(), result.length(), result.body())
                .set(CALL_ID, result.record().callId())
                .set(START_TIME, start)
                .set(SERVED_BY, servedBy)
                .set(Preferences.APPLIED, preferences.applied());
    }

    /** {@code known}, the answer to a call that was kept before, with the function's answer in it. */
    Answer repeated(CallResult result, Answer known) {
        Answer answer = Answer.buffers(known.status(), result.headers(), result.length(), result.body());
        known.fields().forEach(field -> answer.set(field.getKey(), field.getValue()));
        return answer.set(FUNCTION_STATUS, Integer.toString(result.status()));
    }

    /** The function's answer to one who asks for it. */
    Answer result(CallResult result, ByteRange.Part part) {
        Answer answer = Answer.buffers(part.isWhole() ? 200 : 206, result.headers(), part.length(), result.body())
                .set(CALL_ID, result.record().callId())
                .set(SERVED_BY, servedBy)
                .set(FUNCTION_STATUS, Integer.toString(result.status()))
                .set(HttpHeaderNames.ACCEPT_RANGES, "bytes")
                .set(HttpHeaderNames.ETAG, entityTag(result));
        return part.isWhole() ? answer : answer.set(HttpHeaderNames.CONTENT_RANGE, part.contentRange(result.length()));
    }

    /** There is no such part. */
    Answer noSuchRange(CallResult result) {
        return Answer.empty(416)
                .with(CALL_ID, result.record().callId())
                .with(HttpHeaderNames.CONTENT_RANGE, "bytes */" + result.length());
    }

    /** Another one for another record, and for what a redrive brought. */
    static String entityTag(CallResult result) {
        return "\"" + result.record().rid() + "-" + result.record().attempt() + "\"";
    }
}
