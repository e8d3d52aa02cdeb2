package sluice.gateway;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What the command line asks for. */
sealed interface Command {
    /**
     * Run the gateway.
     *
     * @param stacks to deploy, in this order
     * @param settings given as options, by name; they win over the environment
     */
    record Up(List<Path> stacks, Map<String, String> settings) implements Command {
        public Up {
            stacks = List.copyOf(stacks);
            settings = Map.copyOf(settings);
        }
    }

    /** Print how Sluice is used. */
    record Help() implements Command {}

    /** Print the version. */
    record Version() implements Command {}

    /** Print every setting, for a terminal or as the page of the documentation. */
    record ListSettings(boolean asMarkdown) implements Command {}

    /**
     * Reads the command line.
     *
     * @throws StartException that names the argument that is wrong
     */
    static Command parse(String... arguments) {
        List<String> rest = new ArrayList<>(Arrays.asList(arguments));
        if (rest.isEmpty()
                || rest.contains("--help")
                || rest.contains("-h")
                || rest.get(0).equals("help")) {
            return new Help();
        }
        String verb = rest.remove(0);
        return switch (verb) {
            case "up" -> up(rest.iterator());
            case "--version", "version" -> nothingMore(rest, new Version());
            case "settings" ->
                rest.remove("--markdown")
                        ? nothingMore(rest, new ListSettings(true))
                        : nothingMore(rest, new ListSettings(false));
            default -> throw new StartException("unknown command " + verb + ": sluice --help lists what there is");
        };
    }

    private static Command up(Iterator<String> arguments) {
        List<Path> stacks = new ArrayList<>();
        Map<String, String> settings = new HashMap<>();
        while (arguments.hasNext()) {
            String argument = arguments.next();
            int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
            String spelling = equals < 0 ? argument : argument.substring(0, equals);
            UpOption option = UpOption.of(spelling)
                    .orElseThrow(() ->
                            new StartException("unknown option " + spelling + ": sluice --help lists what there is"));
            if (equals < 0 && !arguments.hasNext()) {
                throw new StartException(spelling + " needs a value: sluice --help tells which");
            }
            String value = equals < 0 ? arguments.next() : argument.substring(equals + 1);
            if (option == UpOption.STACK) {
                stacks.add(Path.of(value));
            } else {
                settings.put(option.setting(), value);
            }
        }
        return new Up(stacks, settings);
    }

    private static Command nothingMore(List<String> rest, Command command) {
        if (!rest.isEmpty()) {
            throw new StartException("unknown argument " + rest.get(0) + ": sluice --help lists what there is");
        }
        return command;
    }
}
