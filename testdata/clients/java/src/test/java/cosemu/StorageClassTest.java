package cosemu;

import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.assertRefused;
import static cosemu.Endpoint.client;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.stream;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.model.BucketIntelligentTierConfiguration;
import com.qcloud.cos.model.COSObjectSummary;
import com.qcloud.cos.model.CompleteMultipartUploadRequest;
import com.qcloud.cos.model.CreateBucketRequest;
import com.qcloud.cos.model.InitiateMultipartUploadRequest;
import com.qcloud.cos.model.ListMultipartUploadsRequest;
import com.qcloud.cos.model.ListPartsRequest;
import com.qcloud.cos.model.MultipartUpload;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.model.PartETag;
import com.qcloud.cos.model.PutObjectRequest;
import com.qcloud.cos.model.SetBucketIntelligentTierConfigurationRequest;
import com.qcloud.cos.model.StorageClass;
import com.qcloud.cos.model.UploadPartRequest;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each storage class of the SDK, in a plain bucket and in one with several availability zones. */
class StorageClassTest {
  private static final String KEY = "class";
  private static final byte[] BODY = "classified".getBytes(StandardCharsets.UTF_8);

  private final COSClient c = client(permanent());
  private String bucket;

  @AfterEach
  void remove() {
    c.deleteBucket(bucket); // fails where anything was left in it
    c.shutdown();
  }

  private void create(boolean maz) {
    bucket = (maz ? "javamaz" : "javaplain") + BUCKET.substring(BUCKET.lastIndexOf('-'));
    CreateBucketRequest request = new CreateBucketRequest(bucket);
    if (maz) {
      c.createMAZBucket(request);
    } else {
      c.createBucket(request);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyClass(boolean maz) throws Exception {
    create(maz);
    assertEquals(10, StorageClass.values().length, "the SDK has another class: look at each");
    for (StorageClass storageClass : StorageClass.values()) {
      check(storageClass, maz, false);
    }
    enableTiering();
    for (StorageClass storageClass : StorageClass.values()) {
      check(storageClass, maz, true);
    }
  }

  /** The default class of the bucket, for an upload without a class. */
  @Test
  void noClass() {
    create(true);
    c.putObject(bucket, KEY, stream(BODY), metadata());
    assertEquals("MAZ_STANDARD", c.getObjectMetadata(bucket, KEY).getStorageClass());
    c.deleteObject(bucket, KEY);
  }

  private void enableTiering() {
    BucketIntelligentTierConfiguration tiering = new BucketIntelligentTierConfiguration();
    tiering.setStatus(BucketIntelligentTierConfiguration.ENABLED);
    tiering.setTransition(new BucketIntelligentTierConfiguration.Transition(30));
    c.setBucketIntelligentTieringConfiguration(
        new SetBucketIntelligentTierConfigurationRequest(bucket, tiering));
    assertEquals("Enabled", c.getBucketIntelligentTierConfiguration(bucket).getStatus());
  }

  private void check(StorageClass storageClass, boolean maz, boolean tiered) throws Exception {
    boolean forMAZ = storageClass.name().startsWith("Maz_");
    boolean tiering = storageClass.name().endsWith("Intelligent_Tiering");
    if (forMAZ && !maz) {
      refused(storageClass, "MAZOperationNotSupportOnOAZBucket");
    } else if (!forMAZ && maz) {
      refused(storageClass, "OAZOperationNotSupportOnMAZBucket");
    } else if (tiering && !tiered) {
      refused(storageClass, "NotSupportedStorageClass");
    } else {
      putObject(storageClass);
      parts(storageClass);
    }
  }

  private static ObjectMetadata metadata() {
    ObjectMetadata m = new ObjectMetadata();
    m.setContentLength(BODY.length);
    return m;
  }

  private PutObjectRequest put(StorageClass storageClass) {
    PutObjectRequest request = new PutObjectRequest(bucket, KEY, stream(BODY), metadata());
    request.setStorageClass(storageClass);
    return request;
  }

  private InitiateMultipartUploadRequest initiate(StorageClass storageClass) {
    InitiateMultipartUploadRequest request = new InitiateMultipartUploadRequest(bucket, KEY);
    request.setStorageClass(storageClass);
    return request;
  }

  private List<MultipartUpload> uploads() {
    return c.listMultipartUploads(new ListMultipartUploadsRequest(bucket)).getMultipartUploads();
  }

  private void refused(StorageClass storageClass, String code) {
    assertRefused(400, code, () -> c.putObject(put(storageClass)));
    assertRefused(400, code, () -> c.initiateMultipartUpload(initiate(storageClass)));
    assertFalse(c.doesObjectExist(bucket, KEY), storageClass.name());
    assertTrue(uploads().isEmpty(), storageClass.name());
  }

  private void putObject(StorageClass storageClass) throws Exception {
    c.putObject(put(storageClass));
    shown(storageClass);
    c.deleteObject(bucket, KEY);
  }

  private void parts(StorageClass storageClass) throws Exception {
    String id = c.initiateMultipartUpload(initiate(storageClass)).getUploadId();
    // The page about this list has the default class in this form (choice 180).
    assertEquals(
        storageClass == StorageClass.Standard ? "Standard" : shownName(storageClass),
        c.listParts(new ListPartsRequest(bucket, KEY, id)).getStorageClass());
    UploadPartRequest part =
        new UploadPartRequest()
            .withBucketName(bucket)
            .withKey(KEY)
            .withUploadId(id)
            .withPartNumber(1)
            .withInputStream(stream(BODY))
            .withPartSize(BODY.length);
    List<PartETag> etags = new ArrayList<>(); // the SDK sorts it
    etags.add(c.uploadPart(part).getPartETag());
    c.completeMultipartUpload(new CompleteMultipartUploadRequest(bucket, KEY, id, etags));
    shown(storageClass);
    c.deleteObject(bucket, KEY);
  }

  /** COS returns capitals, whatever case the SDK sends. */
  private static String shownName(StorageClass storageClass) {
    return storageClass.toString().toUpperCase(Locale.ROOT);
  }

  private void shown(StorageClass storageClass) throws Exception {
    String name = shownName(storageClass);
    List<COSObjectSummary> list = c.listObjects(bucket).getObjectSummaries();
    assertEquals(1, list.size(), name);
    assertEquals(name, list.get(0).getStorageClass());
    String head = c.getObjectMetadata(bucket, KEY).getStorageClass();
    if (name.equals("STANDARD")) {
      assertNull(head, "answers leave the usual class out");
    } else {
      assertEquals(name, head);
    }
    if (name.endsWith("ARCHIVE")) {
      assertRefused(403, "InvalidObjectState", () -> c.getObject(bucket, KEY));
      return;
    }
    try (InputStream in = c.getObject(bucket, KEY).getObjectContent()) {
      assertArrayEquals(BODY, in.readAllBytes(), name);
    }
  }
}
