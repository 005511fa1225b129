// cos-c-sdk-v5. Link with: -lcos_c_sdk -lcurl -lmxml -laprutil-1 -lapr-1
// Start the server with: cosemu --aliases 127.0.0.1:9000=test-1250000000
// Run by hand with version 5.0.24.
#include <stdio.h>
#include "cos_http_io.h"
#include "cos_api.h"

int main(int argc, char *argv[]) {
  if (cos_http_io_initialize(NULL, 0) != COSE_OK) return 1;
  cos_pool_t *pool;
  cos_pool_create(&pool, NULL);
  cos_request_options_t *options = cos_request_options_create(pool);
  options->config = cos_config_create(pool);
  cos_str_set(&options->config->endpoint, "127.0.0.1:9000");
  cos_str_set(&options->config->access_key_id, "AKIDcosemuLocalUseOnlyNotARealKey000");
  cos_str_set(&options->config->access_key_secret, "cosemuSecretForLocalTestsOnly000");
  cos_str_set(&options->config->appid, "1250000000");
  options->config->is_cname = 1;
  options->ctl = cos_http_controller_create(pool, 0);

  // An upload that the SDK signs.
  cos_string_t bucket, key;
  cos_str_set(&bucket, "test-1250000000");
  cos_str_set(&key, "hello.txt");
  cos_table_t *headers = cos_table_make(pool, 1), *answer = NULL;
  apr_table_add(headers, "Content-Type", "text/plain");
  cos_list_t body;
  cos_list_init(&body);
  cos_buf_t *piece = cos_buf_pack(pool, "hello", 5);
  cos_list_add_tail(&piece->node, &body);
  cos_status_t *status = cos_put_object_from_buffer(options, &bucket, &key, &body, headers, &answer);
  fprintf(stderr, "%d\n", status->code);

  // A pre-signed URL for others: for this key, and for text/plain alone.
  // The upload has added headers to its table, so this needs one of its own.
  cos_string_t url;
  cos_table_t *kind = cos_table_make(pool, 1), *params = cos_table_make(pool, 0);
  apr_table_add(kind, "Content-Type", "text/plain");
  cos_gen_presigned_url_safe(options, &bucket, &key, 3600, HTTP_PUT, kind, params, 1, &url);
  printf("%.*s\n", url.len, url.data);
  cos_http_io_deinitialize();
}
