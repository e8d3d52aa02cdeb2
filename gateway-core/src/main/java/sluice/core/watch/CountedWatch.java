package sluice.core.watch;

import java.util.List;
import reactor.core.publisher.Flux;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;

/** The {@link FunctionWatch} of a provider without versions of its own: each visible change is the next number. Thread-safe. */
public final class CountedWatch implements FunctionWatch {
    private final WatchFeed feed = new WatchFeed();

    /** Nothing exists yet; {@code startVersion} must exceed every version that was told before. */
    public CountedWatch(long startVersion) {
        feed.reset(new WatchSignal.Snapshot("", startVersion, List.of()));
    }

    @Override
    public Flux<WatchSignal> signals() {
        return feed.signals();
    }

    /** A function is there and looks like this; has told everybody when it returns. */
    public void changed(FunctionStatus status, String uid, long generation) {
        feed.changedNext(status.name(), version -> WatchedFunction.of(status, uid, generation, version));
    }

    /** A function is gone, if it was there; has told everybody when it returns. */
    public void removed(FunctionName name) {
        feed.removedNext(name);
    }
}
