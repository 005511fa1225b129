package cosemu;

import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.assertNotStored;
import static cosemu.Endpoint.assertRefused;
import static cosemu.Endpoint.assertStored;
import static cosemu.Endpoint.client;
import static cosemu.Endpoint.content;
import static cosemu.Endpoint.etag;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.send;
import static cosemu.Endpoint.stream;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.http.HttpMethodName;
import com.qcloud.cos.model.CompleteMultipartUploadRequest;
import com.qcloud.cos.model.CopyObjectRequest;
import com.qcloud.cos.model.InitiateMultipartUploadRequest;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.model.PartETag;
import com.qcloud.cos.model.UploadPartRequest;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client of the region {@code accelerate}: the bucket's acceleration host. */
class AccelerateTest {
  private static final String KEY = "java/accelerated/对象 a+b";

  private final COSClient fast = client(permanent(), "accelerate");
  private final COSClient c = client(permanent());

  @AfterEach
  void suspend() throws Exception {
    acceleration("Suspended");
    fast.shutdown();
    c.shutdown();
  }

  /** A pre-signed PUT of the bucket's configuration, since this SDK has no call for it. */
  private void acceleration(String status) throws Exception {
    Date end = Date.from(Instant.now().plusSeconds(600));
    Map<String, String> sub = Map.of("accelerate", "");
    URL url =
        c.generatePresignedUrl(BUCKET, "/", end, HttpMethodName.PUT, Map.of(), sub, false, true);
    byte[] body =
        ("<AccelerateConfiguration><Status>" + status + "</Status></AccelerateConfiguration>")
            .getBytes(StandardCharsets.UTF_8);
    Endpoint.Answer answer = send("PUT", url, Map.of("Content-Type", "application/xml"), body);
    assertEquals(200, answer.status(), answer.text());
  }

  private void put(byte[] body) {
    ObjectMetadata m = new ObjectMetadata();
    m.setContentLength(body.length);
    assertEquals(etag(body), fast.putObject(BUCKET, KEY, stream(body), m).getETag());
  }

  private URL presigned(HttpMethodName method) {
    URL url =
        fast.generatePresignedUrl(BUCKET, KEY, Date.from(Instant.now().plusSeconds(600)), method);
    assertEquals(BUCKET + ".cos.accelerate.myqcloud.com", url.getHost());
    return url;
  }

  @Test
  void beforeAndAfter() throws Exception {
    byte[] body = content(11, 70_000);
    assertRefused(400, "BucketAccelerateNotEnabled", () -> put(body));
    assertRefused(
        400,
        "BucketAccelerateNotEnabled",
        () -> fast.initiateMultipartUpload(new InitiateMultipartUploadRequest(BUCKET, KEY)));
    assertEquals(400, send("PUT", presigned(HttpMethodName.PUT), Map.of(), body).status());
    assertNotStored(KEY);
    never();

    acceleration("Enabled");
    put(body);
    assertStored(KEY, body);
    try (InputStream in = fast.getObject(BUCKET, KEY).getObjectContent()) {
      assertArrayEquals(body, in.readAllBytes());
    }
    assertEquals(body.length, fast.getObjectMetadata(BUCKET, KEY).getContentLength());
    never();
    assertStored(KEY, body);

    byte[] signed = content(12, 1000);
    assertEquals(200, send("PUT", presigned(HttpMethodName.PUT), Map.of(), signed).status());
    assertStored(KEY, signed);
    parts();
  }

  private void parts() throws Exception {
    byte[] body = content(13, 3000);
    String id =
        fast.initiateMultipartUpload(new InitiateMultipartUploadRequest(BUCKET, KEY)).getUploadId();
    UploadPartRequest part =
        new UploadPartRequest()
            .withBucketName(BUCKET)
            .withKey(KEY)
            .withUploadId(id)
            .withPartNumber(1)
            .withInputStream(stream(body))
            .withPartSize(body.length);
    List<PartETag> etags = new ArrayList<>(); // the SDK sorts it
    etags.add(fast.uploadPart(part).getPartETag());
    fast.completeMultipartUpload(new CompleteMultipartUploadRequest(BUCKET, KEY, id, etags));
    assertStored(KEY, body);
  }

  /** Requests that the host never serves, enabled or not. */
  private void never() {
    String code = "ActionAccelerateNotSupported";
    assertRefused(400, code, () -> fast.deleteObject(BUCKET, KEY));
    assertRefused(400, code, () -> fast.listObjects(BUCKET));
    assertRefused(400, code, () -> fast.getBucketVersioningConfiguration(BUCKET));
    CopyObjectRequest copy = new CopyObjectRequest(BUCKET, KEY, BUCKET, "java/accelerated/copy");
    assertRefused(400, code, () -> fast.copyObject(copy));
    assertNotStored("java/accelerated/copy");
  }
}
