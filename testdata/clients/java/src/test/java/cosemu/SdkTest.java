package cosemu;

import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.assertNotStored;
import static cosemu.Endpoint.assertRefused;
import static cosemu.Endpoint.assertStored;
import static cosemu.Endpoint.client;
import static cosemu.Endpoint.content;
import static cosemu.Endpoint.etag;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.stream;
import static cosemu.Endpoint.temporary;
import static cosemu.Endpoint.wrongSecret;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.auth.COSCredentials;
import com.qcloud.cos.exception.CosServiceException;
import com.qcloud.cos.model.Bucket;
import com.qcloud.cos.model.COSObjectSummary;
import com.qcloud.cos.model.GetObjectRequest;
import com.qcloud.cos.model.ListObjectsRequest;
import com.qcloud.cos.model.ObjectListing;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.model.PutObjectRequest;
import com.qcloud.cos.model.PutObjectResult;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The SDK's own calls, signed in the Authorization header. */
class SdkTest {
  private final List<COSClient> clients = new ArrayList<>();

  private COSClient as(COSCredentials who) {
    COSClient c = client(who);
    clients.add(c);
    return c;
  }

  @AfterEach
  void shutDown() {
    clients.forEach(COSClient::shutdown);
  }

  private static PutObjectResult put(COSClient c, String key, byte[] body) {
    ObjectMetadata m = new ObjectMetadata();
    m.setContentLength(body.length);
    return c.putObject(BUCKET, key, stream(body), m);
  }

  private static byte[] text(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "simple.bin",
        "java/object/nested.bin",
        "java/对象 and a+b&c=d;e%20f!'()*.bin",
      })
  void object(String key) throws Exception {
    COSClient c = as(permanent());
    byte[] body = content(key.hashCode(), 300_000);
    ObjectMetadata m = new ObjectMetadata();
    m.setContentLength(body.length);
    m.setContentType("text/x-log; charset=utf-8");
    m.setContentDisposition("attachment; filename=\"a b.log\"");
    m.addUserMetadata("run", "7 of 9");
    PutObjectResult put = c.putObject(BUCKET, key, stream(body), m);
    assertEquals(etag(body), put.getETag());
    assertNotNull(put.getCrc64Ecma());
    assertNotNull(put.getRequestId());

    ObjectMetadata head = c.getObjectMetadata(BUCKET, key);
    assertEquals(etag(body), head.getETag());
    assertEquals(body.length, head.getContentLength());
    assertEquals("text/x-log; charset=utf-8", head.getContentType());
    assertEquals("attachment; filename=\"a b.log\"", head.getContentDisposition());
    assertEquals("7 of 9", head.getUserMetaDataOf("run"));
    assertEquals(put.getCrc64Ecma(), head.getCrc64Ecma());
    assertStored(key, body);

    GetObjectRequest part = new GetObjectRequest(BUCKET, key);
    part.setRange(100, 199);
    try (InputStream in = c.getObject(part).getObjectContent()) {
      assertArrayEquals(Arrays.copyOfRange(body, 100, 200), in.readAllBytes());
    }

    c.deleteObject(BUCKET, key);
    assertNotStored(key);
    assertRefused(404, "NoSuchKey", () -> c.getObject(BUCKET, key));
  }

  @Test
  void emptyBody() throws Exception {
    assertEquals(etag(new byte[0]), put(as(permanent()), "java/empty", new byte[0]).getETag());
    assertStored("java/empty", new byte[0]);
  }

  @Test
  void file(@TempDir Path folder) throws Exception {
    byte[] body = content(1, 1_000_003);
    Path file = Files.write(folder.resolve("body.bin"), body);
    PutObjectResult put =
        as(permanent()).putObject(new PutObjectRequest(BUCKET, "java/file", file.toFile()));
    assertEquals(etag(body), put.getETag());
    assertStored("java/file", body);
  }

  @Test
  void listing() {
    COSClient c = as(permanent());
    List<String> keys = List.of("a", "b&b", "b/1", "b/2", "c d+e", "中");
    for (String k : keys) {
      put(c, "java list+/" + k, text(k));
    }
    List<String> seen = new ArrayList<>();
    ListObjectsRequest request = new ListObjectsRequest(BUCKET, "java list+/", null, null, 2);
    for (int page = 0; page < keys.size(); page++) {
      ObjectListing listing = c.listObjects(request);
      for (COSObjectSummary o : listing.getObjectSummaries()) {
        String key = o.getKey().substring("java list+/".length());
        assertEquals(etag(text(key)), o.getETag());
        seen.add(key);
      }
      if (!listing.isTruncated()) {
        break;
      }
      request.setMarker(listing.getNextMarker());
    }
    assertEquals(keys, seen);

    ObjectListing folders = c.listObjects(new ListObjectsRequest(BUCKET, "java list+/", null, "/", 1000));
    assertEquals(List.of("java list+/b/"), folders.getCommonPrefixes());
    assertEquals(keys.size() - 2, folders.getObjectSummaries().size());
  }

  @Test
  void buckets() {
    COSClient c = as(permanent());
    assertTrue(c.doesBucketExist(BUCKET));
    assertTrue(c.listBuckets().stream().map(Bucket::getName).anyMatch(BUCKET::equals));
    String absent = "absent" + BUCKET.substring(BUCKET.lastIndexOf('-'));
    assertRefused(404, "NoSuchBucket", () -> c.putObject(absent, "k", "v"));
  }

  @Test
  void wrongSecretIsRefused() throws Exception {
    String key = "java/wrong-secret";
    COSClient wrong = as(wrongSecret());
    CosServiceException e =
        assertRefused(403, "SignatureDoesNotMatch", () -> put(wrong, key, text("no")));
    assertEquals("The Signature you specified is invalid.", e.getErrorMessage());
    assertNotNull(e.getTraceId());
    assertNotStored(key);

    put(as(permanent()), key, text("yes"));
    assertRefused(403, "SignatureDoesNotMatch", () -> put(wrong, key, text("again no")));
    // HEAD has no body, and this SDK does not read the code from the headers.
    assertRefused(403, "403 Forbidden", () -> wrong.getObjectMetadata(BUCKET, key));
    assertStored(key, text("yes"));
  }

  @Test
  void unknownKeyIsRefused() {
    COSClient c = as(new BasicCOSCredentials("AKIDnobodyhasthisone0000000000000000", "x"));
    assertRefused(403, "InvalidAccessKeyId", () -> put(c, "java/unknown", text("no")));
    assertNotStored("java/unknown");
  }

  @Test
  void temporaryKeyNeedsItsToken() throws Exception {
    String key = "java/temporary";
    assertRefused(403, "InvalidAccessKeyId", () -> put(as(temporary("x")), key, text("no")));
    assertNotStored(key);
    put(as(temporary("")), key, text("yes"));
    assertStored(key, text("yes"));
  }

  @ParameterizedTest
  @CsvSource({"2h,AccessDenied", "-2h,RequestTimeTooSkewed"})
  void clock(String offset, String code) throws Exception {
    String key = "java/clock";
    COSClient c = as(permanent());
    try (var clock = new Endpoint.Clock(offset)) {
      assertRefused(403, code, () -> put(c, key, text("no")));
    }
    assertNotStored(key);
    put(c, key, text("yes"));
    assertStored(key, text("yes"));
    c.deleteObject(BUCKET, key);
  }
}
