package sluice.core;

/**
 * When the heap counts as nearly full.
 *
 * @param highPercent of the heap's old generation that is in use after a collection, from which nothing that stays for long
 *     is begun
 * @param criticalPercent from which only the health check is answered; above {@code highPercent} or equal
 */
public record HeapConfig(int highPercent, int criticalPercent) {
    /**
     * Refuses levels in the wrong order.
     *
     * @throws IllegalArgumentException when {@code criticalPercent} is below {@code highPercent}
     */
    public HeapConfig {
        if (criticalPercent < highPercent) {
            throw new IllegalArgumentException("SLUICE_HEAP_CRITICAL is below SLUICE_HEAP_HIGH");
        }
    }

    /** Reads the settings. */
    public static HeapConfig from(Settings settings) {
        return new HeapConfig(
                settings.integer(
                        "SLUICE_HEAP_HIGH",
                        85,
                        10,
                        100,
                        "per cent of the heap in use after a collection, from which no call is held and no"
                                + " asynchronous one accepted"),
                settings.integer(
                        "SLUICE_HEAP_CRITICAL",
                        95,
                        10,
                        100,
                        "per cent of the heap in use after a collection, from which only the health check is answered"));
    }
}
