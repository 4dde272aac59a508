package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unpacking, and fetching from a server on the loopback address. */
class ArchiveTest {
    private static final byte[] CONTENT = new byte[300_000];

    static {
        new Random(7).nextBytes(CONTENT);
    }

    @TempDir private Path folder;
    private HttpServer server;
    private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    private volatile int breakAfter = -1;
    private volatile boolean ignoreRanges;
    private volatile int status;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/file.bin", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(String.valueOf(range));
        int from =
                range == null || ignoreRanges
                        ? 0
                        : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        try (exchange) {
            if (status != 0) {
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            if (from >= CONTENT.length) {
                exchange.getResponseHeaders().set("Content-Range", "bytes */" + CONTENT.length);
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            if (from > 0) {
                exchange.getResponseHeaders()
                        .set(
                                "Content-Range",
                                "bytes "
                                        + from
                                        + "-"
                                        + (CONTENT.length - 1)
                                        + "/"
                                        + CONTENT.length);
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, CONTENT.length - from);
            int to = breakAfter < 0 ? CONTENT.length : Math.min(CONTENT.length, from + breakAfter);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(CONTENT, from, to - from);
            } catch (IOException e) {
                // Closing before all is sent is how this server breaks off.
                assertThat(breakAfter).isPositive();
            }
        }
    }

    private URI uri() {
        return URI.create(
                "http://"
                        + InetAddress.getLoopbackAddress().getHostAddress()
                        + ":"
                        + server.getAddress().getPort()
                        + "/file.bin");
    }

    @Test
    void aFileIsFetchedOnceAndChecked() throws IOException {
        Path target = folder.resolve("new/file.bin");
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(ranges).containsExactly("null");
    }

    @Test
    void aBrokenTransferGoesOnWhereItWas() throws IOException {
        Path target = folder.resolve("file.bin");
        // This server falls silent where others close the connection.
        breakAfter = 100_000;
        assertThatThrownBy(() -> Download.fetch(uri(), target, md5(CONTENT), 300))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("call again to go on");
        assertThat(target).doesNotExist();
        long have = Files.size(folder.resolve("file.bin.part"));
        assertThat(have).isBetween(1L, 100_000L);
        breakAfter = -1;
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
        assertThat(ranges).containsExactly("null", "bytes=" + have + "-");
        assertThat(folder.resolve("file.bin.part")).doesNotExist();
    }

    @Test
    void aWholePartAndAServerWithoutRangesBothSucceed() throws IOException {
        Path target = folder.resolve("file.bin");
        Files.write(folder.resolve("file.bin.part"), CONTENT);
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
        Files.delete(target);
        ignoreRanges = true;
        Files.write(folder.resolve("file.bin.part"), Arrays.copyOf(CONTENT, 1000));
        Download.fetch(uri(), target, md5(CONTENT));
        assertThat(Files.readAllBytes(target)).isEqualTo(CONTENT);
    }

    @Test
    void aWrongFileIsRefusedAndNotKept() throws IOException {
        Path target = folder.resolve("file.bin");
        assertThatThrownBy(() -> Download.fetch(uri(), target, "0".repeat(32)))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("0".repeat(32))
                .hasMessageContaining(md5(CONTENT));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        status = 404;
        assertThatThrownBy(() -> Download.fetch(uri(), target, md5(CONTENT)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("404");
        assertThatThrownBy(() -> Download.fetch(URI.create("file:///x"), target, "0"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anArchiveIsUnpackedWhole() throws IOException {
        Path archive =
                archive(
                        new Tars()
                                .member("set/", '5', 0, new byte[0])
                                .file("./set/a.bin", CONTENT)
                                .file("set/deep/b.txt", "b")
                                .end());
        Path target = folder.resolve("out");
        Archive.unpack(archive, target, md5(Files.readAllBytes(archive)), 1 << 20);
        assertThat(Files.readAllBytes(target.resolve("set/a.bin"))).isEqualTo(CONTENT);
        assertThat(target.resolve("set/deep/b.txt")).hasContent("b");
        refuses(archive, target, "move it away first");
    }

    @Test
    void nothingLandsOutsideTheFolder() throws IOException {
        for (String name :
                List.of(
                        "../evil",
                        "set/../../evil",
                        "/tmp/evil",
                        "..",
                        "a/..\\..\\evil",
                        ".",
                        "")) {
            Path archive = archive(new Tars().file("good", "x").file(name, "x").end());
            refuses(archive, folder.resolve("out"), "the name '" + name + "'");
        }
        assertThat(folder.resolve("evil")).doesNotExist();
        for (char type : "123467".toCharArray()) {
            if (type == '7') {
                continue;
            }
            Path archive = archive(new Tars().member("link", type, 0, new byte[0]).end());
            refuses(archive, folder.resolve("out"), "tar type '" + type + "'");
        }
    }

    @Test
    void bombsAndDamageLeaveNothingBehind() throws IOException {
        byte[] zeros = new byte[5_000_000];
        Path bomb = archive(new Tars().file("a", zeros).end());
        assertThat(Files.size(bomb)).isLessThan(20_000);
        refuses(bomb, folder.resolve("out"), "at most 1048576 bytes together");
        Path many =
                archive(new Tars().file("a", new byte[600_000]).file("b", new byte[600_000]).end());
        refuses(many, folder.resolve("out"), "more with b");
        byte[] whole = Files.readAllBytes(archive(new Tars().file("a", CONTENT).end()));
        Path cut = Files.write(folder.resolve("cut.tar.gz"), Arrays.copyOf(whole, 200_000));
        refuses(cut, folder.resolve("out"), "cut.tar.gz");
        Path text = Files.writeString(folder.resolve("text.tar.gz"), "no archive");
        refuses(text, folder.resolve("out"), "text.tar.gz");
        Path lie = archive(new Tars().member("a", '0', 900_000, new byte[100]).end());
        refuses(lie, folder.resolve("out"), "end of the archive");
        assertThatThrownBy(() -> Archive.unpack(text, folder.resolve("out"), "0".repeat(32), 1))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("md5");
        refuses(folder.resolve("none.tar.gz"), folder.resolve("out"), "none.tar.gz");
    }

    private static void refuses(Path archive, Path target, String words) throws IOException {
        List<Path> before = listed(target);
        assertThatThrownBy(() -> Archive.unpack(archive, target, null, 1 << 20))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining(words);
        assertThat(listed(target)).isEqualTo(before);
    }

    private static List<Path> listed(Path target) throws IOException {
        if (!Files.exists(target)) {
            return List.of();
        }
        try (Stream<Path> found = Files.walk(target)) {
            return found.filter(path -> !path.equals(target)).sorted().toList();
        }
    }

    private Path archive(byte[] tar) throws IOException {
        Path path = folder.resolve("archive.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
            out.write(tar);
        }
        return path;
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
