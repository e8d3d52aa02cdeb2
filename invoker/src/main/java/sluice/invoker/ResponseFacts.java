package sluice.invoker;

/** What the fields of a function's response head mean. Belongs to the event loop like the {@link Head} it reads. */
final class ResponseFacts {
    static final long UNKNOWN = -1;

    /** Bytes of the body, or {@link #UNKNOWN}; as declared, even where no body follows (HEAD, 304). */
    long contentLength;

    boolean isChunked;
    boolean keepsAlive;
    boolean nominates;
    boolean hasCallId;
    boolean hasStartTime;
    boolean hasContentType;
    /** An event stream or NDJSON: may be silent for long. */
    boolean isStream;
    /** Seconds that the function keeps an idle connection, or -1. */
    int keepAliveSeconds;

    /** Reads {@code head}; what is wrong with it in a word, or empty (reliability matrix, U5). */
    String read(Head head) {
        contentLength = UNKNOWN;
        isChunked = false;
        keepsAlive = head.minorVersion == 1;
        nominates = false;
        hasCallId = false;
        hasStartTime = false;
        hasContentType = false;
        isStream = false;
        keepAliveSeconds = -1;
        boolean hasLength = false;
        boolean hasCoding = false;
        for (int i = 0; i < head.fields; i++) {
            switch (head.field[i]) {
                case Field.CONTENT_LENGTH -> {
                    contentLength = Lengths.decimal(head.bytes, head.valueStart[i], head.valueEnd[i]);
                    if (hasLength || contentLength < 0) {
                        return "Content-Length";
                    }
                    hasLength = true;
                }
                case Field.TRANSFER_ENCODING -> {
                    if (hasCoding || head.minorVersion == 0 || !head.valueIs(i, "chunked")) {
                        return "Transfer-Encoding";
                    }
                    hasCoding = true;
                }
                case Field.CONNECTION -> connection(head, i);
                case Field.KEEP_ALIVE -> keepAlive(head, i);
                case Field.CONTENT_TYPE -> contentType(head, i);
                case Field.X_CALL_ID -> hasCallId = true;
                case Field.X_START_TIME -> hasStartTime = true;
                default -> {}
            }
        }
        isChunked = hasCoding;
        return hasLength && hasCoding ? "Content-Length with Transfer-Encoding" : "";
    }

    private void connection(Head head, int i) {
        if (head.valueHas(i, "close")) {
            keepsAlive = false;
        } else if (head.minorVersion == 0 && head.valueHas(i, "keep-alive")) {
            keepsAlive = true;
        }
        nominates |= !RequestFacts.isUsual(head, i);
    }

    private void contentType(Head head, int i) {
        hasContentType = true;
        isStream = head.valueContains(i, "text/event-stream") || head.valueContains(i, "application/x-ndjson");
    }

    private void keepAlive(Head head, int i) {
        for (int at = head.valueStart[i]; at + 8 < head.valueEnd[i]; at++) {
            if (Field.is(head.bytes, at, "timeout=")) {
                int stop = at + 8;
                while (stop < head.valueEnd[i] && Head.isDigit(head.bytes[stop])) {
                    stop++;
                }
                long seconds = Lengths.decimal(head.bytes, at + 8, stop);
                keepAliveSeconds = (int) Math.min(seconds, 3_600);
                return;
            }
        }
    }
}
