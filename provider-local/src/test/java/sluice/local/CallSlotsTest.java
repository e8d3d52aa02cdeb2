package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;
import sluice.core.Failure;
import sluice.core.FailureException;

class CallSlotsTest {
    private final List<String> running = new ArrayList<>();
    private final List<CallSlots.Permit> permits = new ArrayList<>();

    @Test
    void refusesTheCall_whenTooManyWait() {
        CallSlots.Lane lane = new CallSlots(8).lane(1, 1);
        call(lane, "first");
        call(lane, "second");

        StepVerifier.create(lane.acquire())
                .verifyErrorSatisfies(
                        e -> assertThat(((FailureException) e).failure()).isEqualTo(Failure.OVERLOADED));
        assertThat(running).containsExactly("first");
    }

    @Test
    void runsOneMore_whenOneIsDone() {
        CallSlots.Lane lane = new CallSlots(8).lane(2, 10);
        List.of("a", "b", "c", "d").forEach(call -> call(lane, call));
        assertThat(running).containsExactly("a", "b");

        permits.get(0).release();
        permits.get(0).release(); // a second time does nothing

        assertThat(running).containsExactly("a", "b", "c");
    }

    @Test
    void takesFunctionsInTurn_whenTheMachineIsFull() {
        CallSlots slots = new CallSlots(1);
        CallSlots.Lane busy = slots.lane(1, 10);
        CallSlots.Lane other = slots.lane(1, 10);
        List.of("a1", "a2", "a3").forEach(call -> call(busy, call));
        List.of("b1", "b2").forEach(call -> call(other, call));

        for (int i = 0; i < 4; i++) {
            permits.get(i).release();
        }

        assertThat(running).containsExactly("a1", "b1", "a2", "b2", "a3");
    }

    @Test
    void passesOver_whoHasLeft() {
        CallSlots.Lane lane = new CallSlots(1).lane(1, 10);
        call(lane, "a");
        Disposable leaving = call(lane, "b");
        call(lane, "c");

        leaving.dispose();
        permits.get(0).release();

        assertThat(running).containsExactly("a", "c");
    }

    @com.google.errorprone.annotations.CanIgnoreReturnValue
    private Disposable call(CallSlots.Lane lane, String name) {
        return lane.acquire().subscribe(permit -> {
            running.add(name);
            permits.add(permit);
        });
    }
}
