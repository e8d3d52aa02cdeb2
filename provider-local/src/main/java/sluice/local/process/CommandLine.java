package sluice.local.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Commands as people write them in {@code fprocess}, without a shell: words, quotes, a look-up in {@code PATH}. */
public final class CommandLine {
    private CommandLine() {}

    /**
     * Splits at blanks. Single and double quotes keep blanks, and a backslash outside single quotes keeps the character
     * after it.
     *
     * @return the words, or empty when there are none or a quote is not closed
     */
    public static Optional<List<String>> parse(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
                word.append(text.charAt(++i));
                inWord = true;
            } else if (quote != 0) {
                quote = c == quote ? 0 : quote;
                appendUnless(quote == 0, word, c);
            } else if (c == '"' || c == '\'') {
                quote = c;
                inWord = true;
            } else if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                inWord = false;
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (inWord) {
            words.add(word.toString());
        }
        return quote != 0 || words.isEmpty() || words.get(0).isEmpty() ? Optional.empty() : Optional.of(words);
    }

    /** Whether {@code command} would be found and may be run, in {@code directory} with this {@code PATH}. */
    public static boolean isFound(String command, Path directory, String searchPath) {
        if (command.indexOf('/') >= 0) {
            return isExecutable(directory.resolve(command));
        }
        for (String place : searchPath.split(":", -1)) { // an empty place is the working directory
            if (isExecutable(directory.resolve(place).resolve(command))) {
                return true;
            }
        }
        return false;
    }

    private static void appendUnless(boolean isQuoteEnd, StringBuilder word, char c) {
        if (!isQuoteEnd) {
            word.append(c);
        }
    }

    private static boolean isExecutable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }
}
