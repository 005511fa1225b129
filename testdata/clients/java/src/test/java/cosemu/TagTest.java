package cosemu;

import static cosemu.Endpoint.BUCKET;
import static cosemu.Endpoint.assertNotStored;
import static cosemu.Endpoint.assertRefused;
import static cosemu.Endpoint.client;
import static cosemu.Endpoint.content;
import static cosemu.Endpoint.permanent;
import static cosemu.Endpoint.stream;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.qcloud.cos.COSClient;
import com.qcloud.cos.model.DeleteObjectTaggingRequest;
import com.qcloud.cos.model.GetObjectTaggingRequest;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.model.ObjectTagging;
import com.qcloud.cos.model.PutObjectRequest;
import com.qcloud.cos.model.SetObjectTaggingRequest;
import com.qcloud.cos.model.Tag.Tag;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags of objects, set with an upload and later. */
class TagTest {
  private static final String KEY = "java/tagged";
  private static final Map<String, String> TAGS =
      Map.of("a@b:c/d", "x:/@ y+z=1", "团队", "前端", "empty", "");

  private final COSClient c = client(permanent());

  @AfterEach
  void remove() {
    c.deleteObject(BUCKET, KEY);
    c.shutdown();
  }

  private void put(Map<String, String> tags) {
    ObjectMetadata m = new ObjectMetadata();
    m.setContentLength(10);
    PutObjectRequest request = new PutObjectRequest(BUCKET, KEY, stream(content(1, 10)), m);
    request.putCustomRequestHeader(
        "x-cos-tagging",
        tags.entrySet().stream()
            .map(t -> encode(t.getKey()) + "=" + encode(t.getValue()))
            .collect(Collectors.joining("&")));
    c.putObject(request);
  }

  private static String encode(String s) {
    return URLEncoder.encode(s, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private Object count() {
    return c.getObjectMetadata(BUCKET, KEY).getRawMetadataValue("x-cos-tagging-count");
  }

  private Map<String, String> tags() {
    return c.getObjectTagging(new GetObjectTaggingRequest(BUCKET, KEY)).getTagSet().stream()
        .collect(Collectors.toMap(Tag::getKey, Tag::getValue));
  }

  private void set(Map<String, String> tags) {
    List<Tag> list =
        tags.entrySet().stream().map(t -> new Tag(t.getKey(), t.getValue())).toList();
    c.setObjectTagging(new SetObjectTaggingRequest(BUCKET, KEY, new ObjectTagging(list)));
  }

  @Test
  void setAndGet() {
    put(TAGS);
    assertEquals("3", count());
    assertEquals(TAGS, tags());
    set(Map.of("only/one", "@"));
    assertEquals("1", count());
    assertEquals(Map.of("only/one", "@"), tags());
    c.deleteObjectTagging(new DeleteObjectTaggingRequest(BUCKET, KEY));
    assertNull(count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcs:owner", "project", "a,b", "a#b"})
  void refusedKey(String key) {
    assertRefused(400, "InvalidTag", () -> put(Map.of(key, "v")));
    assertNotStored(KEY);
    put(Map.of("fine", "v"));
    assertRefused(400, "InvalidTag", () -> set(Map.of(key, "v")));
    assertEquals(Map.of("fine", "v"), tags());
  }
}
