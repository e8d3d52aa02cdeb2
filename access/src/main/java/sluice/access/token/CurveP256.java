package sluice.access.token;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;

/**
 * The public half of a private key on P-256, which files of private keys often leave out and the JDK does not compute.
 * Used once per start with the operator's own key; takes no care to hide how long it takes.
 */
final class CurveP256 {
    private static final ECParameterSpec CURVE = curve();
    private static final BigInteger P = ((ECFieldFp) CURVE.getCurve().getField()).getP();

    private CurveP256() {}

    static boolean is(ECParameterSpec other) {
        return other.getCurve().equals(CURVE.getCurve()) && other.getOrder().equals(CURVE.getOrder());
    }

    static ECPoint publicPoint(BigInteger secret) {
        ECPoint sum = ECPoint.POINT_INFINITY;
        ECPoint power = CURVE.getGenerator();
        for (int i = 0; i < secret.bitLength(); i++) {
            if (secret.testBit(i)) {
                sum = add(sum, power);
            }
            power = add(power, power);
        }
        return sum;
    }

    private static ECPoint add(ECPoint a, ECPoint b) {
        if (a.equals(ECPoint.POINT_INFINITY)) {
            return b;
        }
        BigInteger slope = a.equals(b)
                ? a.getAffineX()
                        .pow(2)
                        .multiply(BigInteger.valueOf(3))
                        .add(CURVE.getCurve().getA())
                        .multiply(a.getAffineY().shiftLeft(1).modInverse(P))
                : b.getAffineY()
                        .subtract(a.getAffineY())
                        .multiply(b.getAffineX().subtract(a.getAffineX()).modInverse(P));
        BigInteger x =
                slope.pow(2).subtract(a.getAffineX()).subtract(b.getAffineX()).mod(P);
        BigInteger y = slope.multiply(a.getAffineX().subtract(x))
                .subtract(a.getAffineY())
                .mod(P);
        return new ECPoint(x, y);
    }

    private static ECParameterSpec curve() {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }
}
