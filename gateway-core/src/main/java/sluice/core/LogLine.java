package sluice.core;

import java.time.Instant;

/** One line that a replica wrote. */
public record LogLine(String name, String namespace, String instance, Instant timestamp, String text) {}
