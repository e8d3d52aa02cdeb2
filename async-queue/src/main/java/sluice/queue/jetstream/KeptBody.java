package sluice.queue.jetstream;

/**
 * Where a body lies.
 *
 * @param day of the stream with its parts, or empty when it is the message's own payload
 * @param name of the parts
 * @param length bytes
 */
record KeptBody(String day, String name, long length) {
    boolean isInline() {
        return day.isEmpty();
    }
}
