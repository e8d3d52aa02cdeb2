package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** Reads the answers of one connection, one at a time. Not thread-safe. */
interface AnswerReader {
    /** What a read made of the answer. */
    enum Progress {
        WAITING,
        GOOD,
        /** Complete, but not a 200. */
        NOT_OK,
        /** The connection is of no use any more. */
        BROKEN
    }

    /** Reads what is there. After {@link Progress#GOOD} and {@link Progress#NOT_OK} the next answer may follow. */
    Progress read(ReadableByteChannel channel) throws IOException;

    /** How much of the answer under way has been read, from 0 to 1. */
    double part();
}
