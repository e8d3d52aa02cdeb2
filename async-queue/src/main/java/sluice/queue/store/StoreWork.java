package sluice.queue.store;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Something to do in the file, on one of the store's threads; may run again on a new connection, never at once twice. */
@FunctionalInterface
public interface StoreWork<T> {
    @Nullable T run(Tables tables) throws SQLException;
}
