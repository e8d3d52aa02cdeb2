package sluice.local.process;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kubernetes quantities: a decimal number with an SI or binary suffix, or an exponent (Kubernetes, resource.Quantity). */
public final class Quantity {
    private static final Pattern FORM = Pattern.compile(
            "\\+?([0-9]{1,20}(?:\\.[0-9]{0,12})?|\\.[0-9]{1,12})(?:[eE]([+-]?[0-9]{1,2})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?");
    private static final Map<String, Integer> TEN_TO_THE =
            Map.of("n", -9, "u", -6, "m", -3, "k", 3, "M", 6, "G", 9, "T", 12, "P", 15, "E", 18);
    private static final String BINARY = "KMGTPE";

    private Quantity() {}

    /** The value in whole thousandths, rounded up; empty when {@code text} is no non-negative quantity or beyond 63 bits. */
    public static Optional<Long> thousandths(String text) {
        return parse(text).map(value -> value.movePointRight(3)).flatMap(Quantity::whole);
    }

    /** The value in whole units, rounded up; empty when {@code text} is no non-negative quantity or beyond 63 bits. */
    public static Optional<Long> units(String text) {
        return parse(text).flatMap(Quantity::whole);
    }

    private static Optional<BigDecimal> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return Optional.empty();
        }
        BigDecimal number = new BigDecimal(form.group(1));
        if (form.group(2) != null) {
            return Optional.of(number.scaleByPowerOfTen(Integer.parseInt(form.group(2))));
        }
        String suffix = form.group(3);
        if (suffix == null) {
            return Optional.of(number);
        }
        return Optional.of(
                suffix.endsWith("i")
                        ? number.multiply(BigDecimal.valueOf(1024).pow(BINARY.indexOf(suffix.charAt(0)) + 1))
                        : number.scaleByPowerOfTen(TEN_TO_THE.getOrDefault(suffix, 0)));
    }

    private static Optional<Long> whole(BigDecimal value) {
        var rounded = value.setScale(0, RoundingMode.CEILING).toBigInteger();
        return rounded.bitLength() > 62 ? Optional.empty() : Optional.of(rounded.longValueExact());
    }
}
