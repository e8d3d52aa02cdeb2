package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.RecvByteBufAllocator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamWindowTest {
    private static final int MOST = 1 << 20;
    private static final int LARGEST_READ = MOST - StreamWindow.BASE;

    private final StreamBudget budget = new StreamBudget(4L << 20);
    private final ReadSizer reader = new ReadSizer(StreamWindow.BASE);
    private final StreamWindow window = new StreamWindow(budget, MOST);

    @SuppressWarnings("deprecation") // the only way to say how large a read is
    private RecvByteBufAllocator.Handle reads;

    @BeforeEach
    @SuppressWarnings("deprecation") // as above
    void open() {
        reads = reader.newHandle();
    }

    @Test
    void readsTwiceAsMuch_whileReadsAreFullAndNothingWaits() {
        for (int turn = 0; turn < 20; turn++) {
            readFull();
            window.keptUp(reader);
        }

        assertThat(reads.guess()).isEqualTo(LARGEST_READ);
        assertThat(budget.left()).isEqualTo((4L << 20) - (LARGEST_READ - StreamWindow.BASE));
    }

    @Test
    void staysAsItIs_whenReadsAreNotFull() {
        for (int turn = 0; turn < 20; turn++) {
            reads.lastBytesRead(StreamWindow.BASE - 1);
            window.keptUp(reader);
        }

        assertThat(reads.guess()).isEqualTo(StreamWindow.BASE);
        assertThat(budget.left()).isEqualTo(4L << 20);
    }

    @Test
    void beginsLarge_whenTheBodySaysSo() {
        window.expect(100L << 20, reader);

        assertThat(reads.guess()).isEqualTo(LARGEST_READ);
    }

    @Test
    void takesWhatTheBudgetHas_whenThatIsLess() {
        assertThat(budget.take((4L << 20) - 300_000)).isTrue();

        window.expect(100L << 20, reader);

        assertThat(reads.guess()).isEqualTo(LARGEST_READ / 4);
    }

    @Test
    void goesBack_whenLittleComes() {
        window.expect(100L << 20, reader);

        for (int turn = 0; turn < 8; turn++) {
            reads.lastBytesRead(1_000);
            window.keptUp(reader);
        }

        assertThat(budget.left()).isEqualTo(4L << 20);
    }

    @Test
    void readsNoMoreThanTheBodyHas_fromItsBeginningOn() {
        window.expect(100_000, reader);

        assertThat(reads.guess()).isEqualTo(100_000);
    }

    @Test
    void goesBack_whenTheReaderStalls_andGivesBackWhatItTook() {
        window.expect(100L << 20, reader);

        window.shrink(reader);

        assertThat(reads.guess()).isEqualTo(StreamWindow.BASE);
        assertThat(budget.left()).isEqualTo(4L << 20);
    }

    @Test
    void staysAsItIs_whenTheBudgetIsSpent() {
        assertThat(budget.take(4L << 20)).isTrue();

        window.expect(100L << 20, reader);

        assertThat(reads.guess()).isLessThanOrEqualTo(StreamWindow.BASE);
    }

    private void readFull() {
        while (reads.guess() < StreamWindow.BASE) {
            reads.lastBytesRead(reads.guess());
        }
        reads.lastBytesRead(reads.guess());
    }

    @Test
    void keepsItsShareOfTheBudget_whileWhatItReadWaits() {
        window.expect(100L << 20, reader);
        long taken = budget.left();

        window.stall(reader);

        assertThat(reads.guess()).isEqualTo(StreamWindow.BASE);
        assertThat(budget.left()).isEqualTo(taken);

        window.drained(reader);

        assertThat(budget.left()).isEqualTo(4L << 20);
    }

    @Test
    void givesItsShareBackOnce_whenItEndsWhileItStalls() {
        window.expect(100L << 20, reader);
        window.stall(reader);

        window.shrink(reader);
        window.drained(reader);

        assertThat(budget.left()).isEqualTo(4L << 20);
    }
}
