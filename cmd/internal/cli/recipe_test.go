package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/testdata/recipes"
)

// TestRecipe: with the defaults a recipe is its file as it stands.
func TestRecipe(t *testing.T) {
	for _, name := range recipes.Names() {
		o := command(nil, "recipe", name)
		require.Equal(t, exitOK, o.code, o.stderr)
		source, err := recipes.Source(name)
		require.NoError(t, err)
		require.Equal(t, source, o.stdout)
		require.NotEmpty(t, recipes.Title(name))
	}
	o := command(nil, "recipe", "perl")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, `no recipe for "perl": there are curl, go, node, python, java, browser, php`)
	o = command(nil, "recipe")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, "which SDK? There are recipes for curl, go, node, python, java, browser, php")
}

// TestRecipeOfAnotherServer: its address, bucket, account, region and key id,
// and never its secret.
func TestRecipeOfAnotherServer(t *testing.T) {
	config := writeFile(t, "c.yaml", `listen: 0.0.0.0:8123
region: ap-beijing
buckets: [{name: photos-1300000001}]
credentials: [{secret_id: AKIDsomebody, secret_key: hush}]
`)
	for _, name := range recipes.Names() {
		o := command(nil, "recipe", name, "--config", config)
		require.Equal(t, exitOK, o.code, o.stderr)
		for _, old := range []string{"9000", "1250000000", "guangzhou", "AKIDcosemu", "cosemuSecret", "hush"} {
			require.NotContains(t, o.stdout, old, name)
		}
		if name == "curl" { // it asks cosemu for its URL
			continue
		}
		if strings.HasSuffix(name, "-go") {
			require.Contains(t, o.stdout, "\t\"os\"\n", name)
		}
		require.Contains(t, o.stdout, "photos-1300000001", name)
		require.Contains(t, o.stdout, "8123", name)
		require.Contains(t, o.stdout, "AKIDsomebody", name)
		require.Contains(t, o.stdout, map[bool]string{true: "prompt('SecretKey')", false: "COSEMU_SECRET_KEY"}[name == "browser"], name)
	}
	o := command(nil, "recipe", "go", "--config", config, "--endpoint", "http://192.168.1.2:9000")
	require.Contains(t, o.stdout, `"http://192.168.1.2:9000"`, "as another machine reaches it")
	require.Contains(t, o.stdout, "--aliases 192.168.1.2:9000=photos-1300000001")
	o = command([]string{"COSEMU_LISTEN=127.0.0.1:0"}, "recipe", "go")
	require.Equal(t, exitUsage, o.code)
}

// TestRecipeWithATemporaryKey: the token stands where the SDK wants it.
func TestRecipeWithATemporaryKey(t *testing.T) {
	for name, says := range map[string][]string{
		"go":       {`token := "the-token"`, "SessionToken: token}", `"x-cos-security-token": {token}`},
		"node":     {"SecurityToken: 'the-token',\n"},
		"python":   {"\n    Token='the-token',\n", "Params={'x-cos-security-token': 'the-token'},"},
		"java":     {`new BasicSessionCredentials("AKIDtemp", "temp-secret", "the-token")`, "import com.qcloud.cos.auth.BasicSessionCredentials;"},
		"browser":  {"SecurityToken: 'the-token',\n"},
		"boto3":    {"\n    aws_session_token='the-token',\n"},
		"aws-js":   {"\n    sessionToken: 'the-token',\n"},
		"aws-go":   {`"AKIDtemp", "temp-secret", "the-token"),`},
		"minio-go": {`"AKIDtemp", "temp-secret", "the-token"),`},
	} {
		text, err := recipes.Render(name, recipes.Values{SecretID: "AKIDtemp", SecretKey: "temp-secret", Token: "the-token", Key: "photos/a.png", ContentType: "image/png"})
		require.NoError(t, err)
		for _, want := range says {
			require.Equal(t, 1, strings.Count(text, want), "%s: %s\n%s", name, want, text)
		}
		require.NotContains(t, text, "text/plain")
		require.NotContains(t, text, "hello.txt")
	}
}
