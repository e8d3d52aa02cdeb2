package sluice.queue.store;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What an error says about the file: whether there is only no room, or whether it cannot be trusted any more. */
enum StoreFault {
    /** No room; nothing was written and later writes may succeed. */
    FULL,
    /** The medium or the file failed: nothing more is accepted until a restart has looked at it. */
    BROKEN,
    /** The work itself was wrong; the file is as before. */
    REFUSED;

    static StoreFault of(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            StoreFault fault = one(e);
            if (fault != null) {
                return fault;
            }
        }
        return REFUSED;
    }

    private static @Nullable StoreFault one(Throwable error) {
        if (error instanceof SQLiteException sqlite) {
            return of(sqlite.getResultCode());
        }
        if (error instanceof IOException) {
            String text = String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
            return text.contains("no space left") || text.contains("quota exceeded") ? FULL : BROKEN;
        }
        return null;
    }

    private static StoreFault of(SQLiteErrorCode code) {
        int primary = code.code & 0xff;
        if (code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE || primary == SQLiteErrorCode.SQLITE_FULL.code) {
            return FULL; // the shared index grows with the log, and finds no room first
        }
        return primary == SQLiteErrorCode.SQLITE_IOERR.code
                        || primary == SQLiteErrorCode.SQLITE_CORRUPT.code
                        || primary == SQLiteErrorCode.SQLITE_NOTADB.code
                        || primary == SQLiteErrorCode.SQLITE_CANTOPEN.code
                ? BROKEN
                : REFUSED;
    }
}
