package cosemu;

import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.assertNotStored;
import static cosemu.Endpoint.assertStored;
import static cosemu.Endpoint.client;
import static cosemu.Endpoint.content;
import static cosemu.Endpoint.etag;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.send;
import static cosemu.Endpoint.temporary;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.http.HttpMethodName;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** URLs that the SDK signs, used by a plain HttpURLConnection. */
class PresignedTest {
  private static final Map<String, String> NONE = Map.of();

  /** The functions of the SDK that make a URL. */
  enum Way {
    PLAIN(NONE, false, true),
    PARAMETERS(Map.of("X-Trace", "a+b c;d/é", "empty", ""), false, true),
    SIGN_PREFIX(NONE, true, true),
    SIGN_PREFIX_PARAMETERS(Map.of("X-Trace", "a+b c;d/é"), true, true),
    HOST_UNSIGNED(NONE, false, false),
    TEMPORARY(NONE, false, true),
    TEMPORARY_SIGN_PREFIX(NONE, true, true);

    final Map<String, String> params;
    final boolean prefix;
    final boolean signHost;

    Way(Map<String, String> params, boolean prefix, boolean signHost) {
      this.params = params;
      this.prefix = prefix;
      this.signHost = signHost;
    }

    URL url(String key, HttpMethodName method, Duration validity, Map<String, String> headers) {
      COSClient c = client(name().startsWith("TEMPORARY") ? temporary("") : permanent());
      try {
        Date end = Date.from(Instant.now().plus(validity));
        return c.generatePresignedUrl(BUCKET, key, end, method, headers, params, prefix, signHost);
      } finally {
        c.shutdown();
      }
    }
  }

  private static final Pattern LAST_DIGIT = Pattern.compile("(q-signature(?:=|%3D)[0-9a-f]{39})([0-9a-f])");

  /** {@code url} with the last digit of its signature changed. */
  private static URL tampered(URL url) throws Exception {
    String changed =
        LAST_DIGIT
            .matcher(url.toString())
            .replaceFirst((MatchResult m) -> m.group(1) + (m.group(2).equals("0") ? "1" : "0"));
    assertNotEquals(url.toString(), changed);
    return URI.create(changed).toURL();
  }

  private static void assertRefused(String code, Endpoint.Answer answer) {
    assertEquals(403, answer.status(), answer.text());
    assertTrue(answer.text().contains("<Code>" + code + "</Code>"), answer.text());
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void put(Way way) throws Exception {
    String key = "java/presigned/" + way + "/ü+&;=?#%41 x.bin";
    byte[] body = content(way.ordinal(), 70_000);
    URL url = way.url(key, HttpMethodName.PUT, Duration.ofHours(1), NONE);

    assertRefused("SignatureDoesNotMatch", send("PUT", tampered(url), NONE, body));
    assertNotStored(key);

    Endpoint.Answer answer = send("PUT", url, NONE, body);
    assertEquals(200, answer.status(), answer.text());
    assertEquals("\"" + etag(body) + "\"", answer.etag());
    assertStored(key, body);

    assertRefused("SignatureDoesNotMatch", send("GET", url, NONE, null));
    URL get = way.url(key, HttpMethodName.GET, Duration.ofHours(1), NONE);
    assertArrayEquals(body, send("GET", get, NONE, null).body());
  }

  @Test
  void signedContentType() throws Exception {
    String key = "java/presigned-type.csv";
    byte[] body = "a,1".getBytes(StandardCharsets.UTF_8);
    Map<String, String> csv = Map.of("Content-Type", "text/csv");
    URL url = Way.PLAIN.url(key, HttpMethodName.PUT, Duration.ofHours(1), csv);

    // HttpURLConnection adds application/x-www-form-urlencoded where no type is given.
    assertRefused("SignatureDoesNotMatch", send("PUT", url, NONE, body));
    assertRefused("SignatureDoesNotMatch", send("PUT", url, Map.of("Content-Type", "text/csv; charset=utf-8"), body));
    assertNotStored(key);
    assertEquals(200, send("PUT", url, csv, body).status());
    assertStored(key, body);
  }

  @Test
  void expired() throws Exception {
    String key = "java/presigned-expired";
    byte[] body = "in time".getBytes(StandardCharsets.UTF_8);
    URL url = Way.PLAIN.url(key, HttpMethodName.PUT, Duration.ofHours(1), NONE);
    try (var clock = new Endpoint.Clock("61m")) {
      Endpoint.Answer answer = send("PUT", url, NONE, body);
      assertRefused("AccessDenied", answer);
      assertTrue(answer.text().contains("<Message>Request has expired</Message>"), answer.text());
    }
    assertNotStored(key);
    try (var clock = new Endpoint.Clock("58m")) {
      assertEquals(200, send("PUT", url, NONE, body).status());
    }
    assertStored(key, body);
  }
}
