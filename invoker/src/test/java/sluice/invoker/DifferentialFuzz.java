package sluice.invoker;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sluice.invoker.Disagreement.Difference;
import sluice.invoker.Disagreement.Direction;

/**
 * Has the relay and Netty read the same made-up bytes, and fails on the first case in which the relay accepts what others
 * could read differently, or in which the two differ in a way that is not listed ({@link Disagreement}).
 */
final class DifferentialFuzz {
    private final MessageGenerator generator;
    private final SluiceReading sluice = new SluiceReading();
    private final NettyReading netty = new NettyReading();
    private final List<LenientReading> lenient = LenientReading.all();
    private final Map<Disagreement, Long> differences = new EnumMap<>(Disagreement.class);
    private final Map<MessageGenerator.Form, Long> forms = new EnumMap<>(MessageGenerator.Form.class);
    private final long seed;
    private long accepted;
    private long refused;

    DifferentialFuzz(long seed) {
        this.seed = seed;
        this.generator = new MessageGenerator(seed);
    }

    /** Runs {@code cases} cases. */
    void run(long cases) {
        for (long number = 0; number < cases; number++) {
            check(generator.make(number));
        }
    }

    /** Runs one case. */
    void check(MessageGenerator.Case it) {
        forms.merge(it.form(), 1L, Long::sum);
        Reading ours = sluice.read(it.kind(), it.bytes(), it.bytes().length);
        Reading inPieces = sluice.read(it.kind(), it.bytes(), it.cut());
        if (!ours.equals(inPieces)) {
            throw failure(it, "read in two pieces: " + inPieces + "\nread whole: " + ours);
        }
        Reading theirs = netty.read(it.kind(), it.bytes());
        checkAmbiguity(it, ours);
        Difference difference = compare(it, ours, theirs);
        if (difference != null) {
            Optional<Disagreement> known = Disagreement.of(difference);
            if (known.isEmpty()) {
                throw failure(it, "not listed: " + difference + "\nSluice: " + ours + "\nNetty: " + theirs);
            }
            differences.merge(known.get(), 1L, Long::sum);
        }
    }

    private void checkAmbiguity(MessageGenerator.Case it, Reading ours) {
        for (Reading.Message message : ours.messages()) {
            if (message.isWhole()) {
                accepted++;
                for (LenientReading reader : lenient) {
                    LenientReading.Result other =
                            reader.read(it.bytes(), message.start(), it.kind() == SluiceReading.Kind.RESPONSE);
                    if (!other.line().equals(message.line())
                            || !other.body().equals(message.body())
                            || other.stop() != message.stop()) {
                        throw failure(it, "ambiguous: " + message + "\nread as: " + other + " by " + reader);
                    }
                }
            }
        }
        refused += ours.end() == Reading.End.REFUSES ? 1 : 0;
    }

    private static @Nullable Difference compare(MessageGenerator.Case it, Reading ours, Reading theirs) {
        int most = Math.max(ours.messages().size(), theirs.messages().size());
        int at = 0;
        for (int i = 0; i < most; i++) {
            Reading.Message mine = i < ours.messages().size() ? ours.messages().get(i) : null;
            Reading.Message other =
                    i < theirs.messages().size() ? theirs.messages().get(i) : null;
            Direction direction = compare(mine, other);
            if (direction != null) {
                return new Difference(direction, it.text().substring(at), ours.reason(), theirs.reason(), mine, other);
            }
            if (mine == null || !mine.isWhole()) {
                return null;
            }
            at = mine.stop();
        }
        return null;
    }

    private static @Nullable Direction compare(Reading.@Nullable Message mine, Reading.@Nullable Message other) {
        if (mine == null || other == null) {
            return mine == null ? Direction.STRICTER : Direction.LAXER;
        }
        if (!mine.hasSameHead(other)) {
            return Direction.OTHER;
        }
        if (mine.isWhole() != other.isWhole()) {
            return mine.isWhole() ? Direction.LAXER : Direction.STRICTER;
        }
        boolean isSame = mine.body().equals(other.body()) && mine.trailers().equals(other.trailers());
        return isSame || !mine.isWhole() ? null : Direction.OTHER;
    }

    private AssertionError failure(MessageGenerator.Case it, String what) {
        return new AssertionError("seed " + seed + ", case " + it.number() + " (" + it.form() + "): "
                + Disagreement.printable(it.text()) + "\n" + Disagreement.printable(what));
    }

    /** The classes of difference that were seen. */
    Map<Disagreement, Long> differences() {
        return differences;
    }

    /** What was done, one line each. */
    List<String> report() {
        List<String> lines = new ArrayList<>();
        lines.add("seed " + seed + ": " + forms + ", " + accepted + " messages accepted, " + refused
                + " streams refused, none ambiguous");
        differences.forEach((it, count) -> lines.add(it.direction() + " " + it + ": " + count));
        return lines;
    }
}
