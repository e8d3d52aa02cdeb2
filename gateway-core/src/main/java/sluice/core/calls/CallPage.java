package sluice.core.calls;

import java.util.List;

/**
 * A page of a list.
 *
 * @param calls newest submit first
 * @param next cursor of the page that follows, or empty at the end
 * @param isComplete false when a part of a fleet did not answer in time
 */
public record CallPage(List<CallRecord> calls, String next, boolean isComplete) {
    public CallPage {
        calls = List.copyOf(calls);
    }
}
