// With com.qcloud:cos_api in pom.xml:
// mvn dependency:copy-dependencies; java -cp 'target/dependency/*' Upload.java
// Start the server with: cosemu --aliases 127.0.0.1:9000=test-1250000000
import com.qcloud.cos.COSClient;
import com.qcloud.cos.ClientConfig;
import com.qcloud.cos.auth.BasicCOSCredentials;
import com.qcloud.cos.endpoint.UserSpecifiedEndpointBuilder;
import com.qcloud.cos.http.HttpMethodName;
import com.qcloud.cos.http.HttpProtocol;
import com.qcloud.cos.model.ObjectMetadata;
import com.qcloud.cos.region.Region;
import java.io.ByteArrayInputStream;
import java.util.Date;
import java.util.Map;

public class Upload {
  public static void main(String[] args) {
    ClientConfig config = new ClientConfig(new Region("ap-guangzhou"));
    config.setHttpProtocol(HttpProtocol.http);
    config.setEndpointBuilder(new UserSpecifiedEndpointBuilder("127.0.0.1:9000", "127.0.0.1:9000"));
    COSClient client = new COSClient(
        new BasicCOSCredentials("AKIDcosemuLocalUseOnlyNotARealKey000", "cosemuSecretForLocalTestsOnly000"), config);
    String bucket = "test-1250000000";

    // An upload that the SDK signs.
    ObjectMetadata metadata = new ObjectMetadata();
    metadata.setContentType("text/plain");
    client.putObject(bucket, "hello.txt", new ByteArrayInputStream("hello".getBytes()), metadata);

    // A pre-signed URL for others: for this key, and for text/plain alone.
    Date end = new Date(System.currentTimeMillis() + 3600 * 1000);
    System.out.println(client.generatePresignedUrl(bucket, "hello.txt", end, HttpMethodName.PUT,
        Map.of("Content-Type", "text/plain"), Map.of()));
    client.shutdown();
  }
}
