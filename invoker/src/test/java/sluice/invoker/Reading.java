package sluice.invoker;

import java.util.List;

/**
 * What a reader makes of a stream of bytes: messages in order, and why it stopped.
 *
 * @param messages whose heads were accepted; only the last may lack its end
 * @param end how it stopped
 * @param reason what was wrong, in words, or empty
 */
record Reading(List<Message> messages, End end, String reason) {
    /** How a reading ends. */
    enum End {
        /** It wants more bytes, or there are none left. */
        WAITS,
        /** It will take no more of these bytes. */
        REFUSES
    }

    /**
     * One message.
     *
     * @param start where it begins in the stream, or -1 when the reader does not say
     * @param stop where the next one begins, or -1
     * @param line start line, single-spaced
     * @param fields {@code name:value}, as sent, the value trimmed
     * @param body without framing, one character a byte
     * @param isWhole whether its end was seen
     */
    record Message(
            int start,
            int stop,
            String line,
            List<String> fields,
            String body,
            List<String> trailers,
            boolean isWhole) {
        Message {
            fields = List.copyOf(fields);
            trailers = List.copyOf(trailers);
        }

        boolean hasSameHead(Message other) {
            return line.equals(other.line) && fields.equals(other.fields);
        }
    }

    Reading {
        messages = List.copyOf(messages);
    }
}
