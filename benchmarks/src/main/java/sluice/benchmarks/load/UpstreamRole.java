package sluice.benchmarks.load;

import java.io.IOException;

/** What a connection of {@link Upstream} does at the moment. */
interface UpstreamRole {
    /** Its channel can be read or written; an exception closes it. */
    void onReady() throws IOException;
}
