package cosemu;

import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.assertNotStored;
import static cosemu.Endpoint.assertRefused;
import static cosemu.Endpoint.assertStored;
import static cosemu.Endpoint.client;
import static cosemu.Endpoint.content;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.stream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.model.AccessControlList;
import com.qcloud.cos.model.CopyObjectRequest;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.model.Permission;
import com.qcloud.cos.model.PutObjectRequest;
import com.qcloud.cos.model.UinGrantee;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Copies and grants as the SDK writes them: REPLACE, and uin. */
class CopyTest {
  private final COSClient c = client(permanent());

  @AfterEach
  void shutDown() {
    c.shutdown();
  }

  private static ObjectMetadata metadata(byte[] body) {
    ObjectMetadata m = new ObjectMetadata();
    m.setContentLength(body.length);
    return m;
  }

  @Test
  void replace() throws Exception {
    byte[] body = content(7, 1000);
    ObjectMetadata old = metadata(body);
    old.setUserMetadata(Map.of("old", "1"));
    c.putObject(BUCKET, "java/copy/a b+c.zip", stream(body), old);

    c.copyObject(BUCKET, "java/copy/a b+c.zip", BUCKET, "java/copy/kept");
    ObjectMetadata kept = c.getObjectMetadata(BUCKET, "java/copy/kept");
    assertEquals("1", kept.getUserMetaDataOf("old"));

    CopyObjectRequest r =
        new CopyObjectRequest(BUCKET, "java/copy/a b+c.zip", BUCKET, "java/copy/new");
    ObjectMetadata fresh = new ObjectMetadata();
    fresh.setContentType("text/x-log");
    fresh.setUserMetadata(Map.of("new", "2"));
    r.setNewObjectMetadata(fresh);
    c.copyObject(r);
    assertStored("java/copy/new", body);
    ObjectMetadata got = c.getObjectMetadata(BUCKET, "java/copy/new");
    assertEquals("text/x-log", got.getContentType());
    assertEquals("2", got.getUserMetaDataOf("new"));
    assertNull(got.getUserMetaDataOf("old"));

    assertRefused(
        404, "NoSuchKey", () -> c.copyObject(BUCKET, "java/copy/nothing", BUCKET, "java/copy/no"));
    assertNotStored("java/copy/no");
  }

  @Test
  void grantByUin() {
    byte[] body = content(8, 10);
    AccessControlList list = new AccessControlList();
    list.grantPermission(new UinGrantee("734000014"), Permission.Read);
    PutObjectRequest r =
        new PutObjectRequest(BUCKET, "java/copy/granted", stream(body), metadata(body));
    r.setAccessControlList(list);
    c.putObject(r);
    assertTrue(
        c.getObjectAcl(BUCKET, "java/copy/granted").getGrantsAsList().stream()
            .anyMatch(g -> g.getGrantee().getIdentifier().contains("734000014")));
  }
}
