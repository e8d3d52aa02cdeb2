package sluice.core;

import org.jspecify.annotations.Nullable;

/**
 * Where tokens are given out and taken back. What is null does not exist, and neither do its pages.
 *
 * @param desk gives tokens of the gateway for others
 * @param privateTokens gives out tokens of private functions
 * @param revocations takes tokens of the gateway, of issuers, and certificates back
 */
public record TokenDesks(
        @Nullable TokenDesk desk,
        @Nullable PrivateTokens privateTokens,
        @Nullable Revocations revocations) {
    /** Nothing at all. */
    public static final TokenDesks NONE = new TokenDesks(null, null, null);
}
