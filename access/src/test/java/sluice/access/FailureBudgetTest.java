package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailureBudgetTest {
    private static final Duration REFILL = Duration.ofSeconds(6);

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1); // the clock may turn negative
    private final FailureBudget budget = new FailureBudget(20, REFILL, 1_000, clock::get);

    @Test
    void lastsForTheBurst_thenTellsWhenToComeBack() throws UnknownHostException {
        InetSocketAddress peer = peer("192.0.2.1");
        for (int i = 0; i < 20; i++) {
            assertThat(budget.waitSeconds(peer)).as("failure %s", i).isZero();
            budget.spend(peer);
        }
        assertThat(budget.waitSeconds(peer)).isEqualTo(6);
        pass(Duration.ofMillis(1_500));
        assertThat(budget.waitSeconds(peer)).isEqualTo(5);
    }

    @Test
    void refillsOneByOne_upToTheBurst() throws UnknownHostException {
        InetSocketAddress peer = peer("192.0.2.1");
        drain(peer, 20);
        pass(REFILL);
        assertThat(budget.waitSeconds(peer)).isZero();
        budget.spend(peer);
        assertThat(budget.waitSeconds(peer)).isEqualTo(6);

        pass(Duration.ofHours(1));
        drain(peer, 19);
        assertThat(budget.waitSeconds(peer)).isZero();
        budget.spend(peer);
        assertThat(budget.waitSeconds(peer)).isEqualTo(6);
    }

    @Test
    void countsAnIpv4AddressAndAnIpv6Network_asOneSourceEach() throws UnknownHostException {
        drain(peer("192.0.2.1"), 20);
        drain(peer("2001:db8:0:1::1"), 20);
        assertThat(budget.waitSeconds(peer("192.0.2.2"))).isZero();
        assertThat(budget.waitSeconds(peer("2001:db8:0:2::1"))).isZero();
        assertThat(budget.waitSeconds(peer("::ffff:192.0.2.1"))).isEqualTo(6);
        assertThat(budget.waitSeconds(peer("2001:db8:0:1:ffff::2"))).isEqualTo(6);
    }

    @Test
    void forgetsTheSourceThatFailedLongestAgo_whenTheTableIsFull() throws UnknownHostException {
        drain(peer("192.0.2.1"), 20);
        drain(peer("192.0.2.2"), 20);
        drain(peer("192.0.2.1"), 1);
        for (int i = 0; i < 999; i++) {
            budget.spend(peer("198.18." + i / 250 + "." + i % 250));
        }
        assertThat(budget.sources()).isEqualTo(1_000);
        assertThat(budget.waitSeconds(peer("192.0.2.2"))).isZero();
        assertThat(budget.waitSeconds(peer("192.0.2.1"))).isEqualTo(6);
    }

    /** Row 66 of the hostile cases. */
    @Test
    void staysBounded_andLetsOthersIn_whileAHundredThousandSourcesFail() throws UnknownHostException {
        FailureBudget standard = FailureBudget.standard();
        for (int i = 0; i < 110_000; i++) {
            byte[] address = {(byte) 198, (byte) (18 + (i >> 16)), (byte) (i >> 8), (byte) i};
            standard.spend(new InetSocketAddress(InetAddress.getByAddress(address), 50_000));
        }
        assertThat(standard.sources()).isEqualTo(100_000);
        assertThat(standard.waitSeconds(peer("192.0.2.1"))).isZero();
    }

    @Test
    void keepsNoEntryForAFullBucket() throws UnknownHostException {
        budget.spend(peer("192.0.2.1"));
        pass(REFILL);
        assertThat(budget.waitSeconds(peer("192.0.2.1"))).isZero();
        assertThat(budget.sources()).isZero();
    }

    private void drain(InetSocketAddress peer, int failures) {
        for (int i = 0; i < failures; i++) {
            budget.spend(peer);
        }
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private static InetSocketAddress peer(String address) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(address), 50_000);
    }
}
