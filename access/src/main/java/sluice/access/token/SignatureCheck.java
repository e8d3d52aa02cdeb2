package sluice.access.token;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * The signature of a token under one algorithm (RFC 7518, 3.1; RFC 8037, 3.1). A key counts only for the algorithm that it
 * was made for: an RSA key is not taken for EC, nor one curve for another, nor an RSA key below 2,048 bits.
 *
 * @param name of the algorithm in the JDK
 * @param parameters of the algorithm, or null
 * @param kind of the keys
 * @param size bits of the order of the curve, or the fewest bits of an RSA modulus
 * @param length bytes of a signature, or 0 when that depends on the key
 */
record SignatureCheck(String name, @Nullable AlgorithmParameterSpec parameters, Kind kind, int size, int length) {
    private static final int LEAST_RSA = 2_048;
    private static final int ED25519 = 64;
    private static final int ED448 = 114;

    private enum Kind {
        RSA,
        EC,
        EDWARDS
    }

    /** The check of the algorithm that RFC 7518 calls {@code algorithm}; only asymmetric ones are known. */
    static SignatureCheck of(String algorithm) {
        return switch (algorithm) {
            case "RS256", "RS384", "RS512" ->
                new SignatureCheck("SHA" + algorithm.substring(2) + "withRSA", null, Kind.RSA, LEAST_RSA, 0);
            case "PS256" -> pss("SHA-256", MGF1ParameterSpec.SHA256, 32);
            case "PS384" -> pss("SHA-384", MGF1ParameterSpec.SHA384, 48);
            case "PS512" -> pss("SHA-512", MGF1ParameterSpec.SHA512, 64);
            case "ES256" -> new SignatureCheck("SHA256withECDSAinP1363Format", null, Kind.EC, 256, 64);
            case "ES384" -> new SignatureCheck("SHA384withECDSAinP1363Format", null, Kind.EC, 384, 96);
            case "ES512" -> new SignatureCheck("SHA512withECDSAinP1363Format", null, Kind.EC, 521, 132);
            case "EdDSA" -> new SignatureCheck("EdDSA", null, Kind.EDWARDS, 0, 0);
            default -> throw new IllegalArgumentException("no signature is known as " + algorithm);
        };
    }

    private static SignatureCheck pss(String digest, MGF1ParameterSpec mask, int salt) {
        return new SignatureCheck(
                "RSASSA-PSS", new PSSParameterSpec(digest, "MGF1", mask, salt, 1), Kind.RSA, LEAST_RSA, 0);
    }

    /**
     * Checks that {@code signature} of {@code signed} was made with the other half of {@code key}.
     *
     * @throws TokenRefused when it was not, or the key is of another kind
     */
    void require(PublicKey key, byte[] signed, byte[] signature) {
        if (!fits(key)) {
            throw TokenRefused.unknownKey();
        }
        if (length != 0 && signature.length != length) {
            throw TokenRefused.signature();
        }
        try {
            Signature check = Signature.getInstance(name);
            if (parameters != null) {
                check.setParameter(parameters);
            }
            check.initVerify(key);
            check.update(signed);
            if (!isLengthOf(key, signature.length) || !check.verify(signature)) {
                throw TokenRefused.signature();
            }
        } catch (SignatureException e) {
            throw TokenRefused.signature();
        } catch (InvalidKeyException e) {
            throw TokenRefused.unknownKey();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK from 17 on knows " + name, e);
        }
    }

    private boolean fits(PublicKey key) {
        return switch (kind) {
            case RSA -> key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= size;
            case EC ->
                key instanceof ECPublicKey ec && ec.getParams().getOrder().bitLength() == size;
            case EDWARDS -> key instanceof EdECPublicKey;
        };
    }

    private boolean isLengthOf(PublicKey key, int bytes) {
        if (key instanceof EdECPublicKey edwards) {
            return bytes == (edwards.getParams().getName().equals("Ed448") ? ED448 : ED25519);
        }
        return !(key instanceof RSAPublicKey rsa) || bytes == (rsa.getModulus().bitLength() + 7) / 8;
    }
}
