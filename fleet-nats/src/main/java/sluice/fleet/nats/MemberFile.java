package sluice.fleet.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import sluice.core.fleet.FleetMember;

/** Who this data directory is in the fleet: an id that is made up once, and an epoch that grows with each start. */
public final class MemberFile {
    private MemberFile() {}

    /** Begins a new epoch. Blocks. The caller keeps other processes off the directory. */
    public static FleetMember next(Path directory, Set<String> roles) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve("member");
        String[] words = Files.exists(file) ? Files.readString(file).trim().split(" ", -1) : new String[0];
        boolean isKnown = words.length == 2 && words[1].matches("[0-9]{1,18}");
        FleetMember member = new FleetMember(
                isKnown ? words[0] : UUID.randomUUID().toString(), isKnown ? Long.parseLong(words[1]) + 1 : 1, roles);
        Path fresh = directory.resolve("member.new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            int unused = channel.write(UTF_8.encode(member.id() + " " + member.epoch() + "\n"));
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return member;
    }
}
