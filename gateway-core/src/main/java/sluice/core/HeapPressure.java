package sluice.core;

/** How close this process is to the end of its heap. Thread-safe; asking costs one read. */
@FunctionalInterface
public interface HeapPressure {
    /** Never any. */
    HeapPressure NONE = () -> Level.LOW;

    /** What may still be begun. */
    enum Level {
        /** Everything. */
        LOW,
        /** Nothing that stays for long: no call is held, no asynchronous one accepted. */
        HIGH,
        /** Only the health check is answered. */
        CRITICAL
    }

    /** As of the last look. */
    Level level();
}
