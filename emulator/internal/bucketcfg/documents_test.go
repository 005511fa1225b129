package bucketcfg_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// The samples of the pages.
const (
	taggingSample = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<Tagging>\n\t<TagSet>\n\t\t<Tag>\n\t\t\t<Key>age</Key>\n\t\t\t<Value>18</Value>\n\t\t</Tag>\n" +
		"\t\t<Tag>\n\t\t\t<Key>name</Key>\n\t\t\t<Value>xiaoming</Value>\n\t\t</Tag>\n\t</TagSet>\n</Tagging>"
	lifecycleSample = `<LifecycleConfiguration><Rule><ID>id1</ID><Filter><Prefix>documents/</Prefix></Filter><Status>Enabled</Status>` +
		`<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition><Transition><Days>60</Days><StorageClass>ARCHIVE</StorageClass></Transition></Rule>` +
		`<Rule><ID>id2</ID><Filter><And><Prefix>log/</Prefix><Tag><Key>key1</Key><Value>v</Value></Tag></And></Filter><Status>Disabled</Status>` +
		`<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>` +
		`<NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration>` +
		`<NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays><StorageClass>ARCHIVE</StorageClass></NoncurrentVersionTransition>` +
		`<AbortIncompleteMultipartUpload><DaysAfterInitiation>10</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>`
	refererSample = `<RefererConfiguration><Status>Enabled</Status><RefererType>White-List</RefererType><DomainList><Domain>*.qq.com</Domain>` +
		`<Domain>*.qcloud.com</Domain></DomainList><EmptyReferConfiguration>Allow</EmptyReferConfiguration></RefererConfiguration>`
	strictSample = `<StrictSignatureConfiguration><Rule><ID>limit_acl</ID><actionlist><action>PutObjectACL</action><action>PutBucketACL</action></actionlist>` +
		`<headerlist><header>Host</header></headerlist><paramlist><param>acl</param></paramlist></Rule><Rule><ID>test</ID><actionlist><action>Put*</action></actionlist>` +
		`<headerlist><header>Host</header></headerlist><paramlist><param>all</param></paramlist></Rule></StrictSignatureConfiguration>`
)

func checkTagging(doc []byte) *coserr.Error {
	_, err := bucketcfg.ParseTagging(doc, bucketcfg.MaxBucketTags)
	return err
}

func checkReferer(doc []byte) *coserr.Error {
	_, err := bucketcfg.ParseReferer(doc)
	return err
}

func checkStrict(doc []byte) *coserr.Error {
	_, err := bucketcfg.ParseStrict(doc)
	return err
}

// replace changes one place of a sample, which must be there.
func replace(t *testing.T, sample, old, with string) string {
	t.Helper()
	require.Contains(t, sample, old)
	return strings.Replace(sample, old, with, 1)
}

func TestTagging(t *testing.T) {
	tags, err := bucketcfg.ParseTagging([]byte(taggingSample), bucketcfg.MaxBucketTags)
	require.Nil(t, err)
	require.Equal(t, []bucketcfg.Tag{{Key: "age", Value: "18"}, {Key: "name", Value: "xiaoming"}}, tags)
	tags, err = bucketcfg.ParseTagging([]byte(`<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>部门 +-_=.:/</Key><Value/></Tag></TagSet></Tagging>`), 1)
	require.Nil(t, err)
	require.Equal(t, []bucketcfg.Tag{{Key: "部门 +-_=.:/"}}, tags)

	set := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<Tag><Key>k%d</Key><Value>v</Value></Tag>", i)
		}
		return "<Tagging><TagSet>" + b.String() + "</TagSet></Tagging>"
	}
	key, value := strings.Repeat("字", 127), strings.Repeat("字", 255)
	for doc, code := range map[string]coserr.Code{
		set(50):                               "",
		set(51):                               coserr.InvalidTag,
		replace(t, taggingSample, "age", key): "",
		replace(t, taggingSample, "age", key+"x"):       coserr.InvalidTag,
		replace(t, taggingSample, "18", value):          "",
		replace(t, taggingSample, "18", value+"x"):      coserr.InvalidTag,
		replace(t, taggingSample, "age", ""):            coserr.InvalidTag,
		replace(t, taggingSample, "age", "name"):        coserr.InvalidTag,
		replace(t, taggingSample, "18", "1&lt;8"):       coserr.InvalidTag,
		replace(t, taggingSample, "age", "a,b"):         coserr.InvalidTag,
		replace(t, taggingSample, "age", "qcs:a"):       coserr.InvalidTag,
		replace(t, taggingSample, "age", "project"):     coserr.InvalidTag,
		replace(t, taggingSample, "age", "a@b:/"):       "",
		replace(t, taggingSample, "18", "project"):      "",
		replace(t, taggingSample, "<Key>age</Key>", ""): coserr.MalformedXML,
	} {
		requireCode(t, code, checkTagging([]byte(doc)), doc)
	}
}

func requireCode(t *testing.T, want coserr.Code, got *coserr.Error, doc string) {
	t.Helper()
	if want == "" {
		require.Nil(t, got, "%.300s", doc)
		return
	}
	require.NotNil(t, got, "%.300s", doc)
	require.Equal(t, want, got.Code, "%.300s", doc)
}

func TestLifecycle(t *testing.T) {
	rules := func(n int) string {
		return "<LifecycleConfiguration>" + strings.Repeat("<Rule><Status>Enabled</Status></Rule>", n) + "</LifecycleConfiguration>"
	}
	for doc, code := range map[string]coserr.Code{
		lifecycleSample: "",
		replace(t, lifecycleSample, "<ID>id1</ID>", ""): "",
		rules(1000): "",
		rules(1001): coserr.MalformedXML,
		rules(0):    coserr.MalformedXML,
		replace(t, lifecycleSample, "id1", "id2"):                                                                         coserr.MalformedXML,
		replace(t, lifecycleSample, "id1", strings.Repeat("i", 256)):                                                      coserr.MalformedXML,
		replace(t, lifecycleSample, "Enabled", "On"):                                                                      coserr.MalformedXML,
		replace(t, lifecycleSample, "<Days>30</Days>", "<Days>x</Days>"):                                                  coserr.MalformedXML,
		replace(t, lifecycleSample, "<Days>30</Days>", "<Years>1</Years>"):                                                coserr.MalformedXML,
		replace(t, lifecycleSample, "<Status>Enabled</Status>", ""):                                                       coserr.MalformedXML,
		replace(t, lifecycleSample, "<Status>Enabled</Status>", "<Status>Enabled</Status><Extra><Days>30</Days></Extra>"): "",
		replace(t, lifecycleSample, "<Status>Enabled</Status>", "<Statu>Enabled</Statu>"):                                 coserr.MalformedXML,
		"<LifecycleConfiguration><Rules><Status>Enabled</Status></Rules></LifecycleConfiguration>":                        coserr.MalformedXML,
		replace(t, lifecycleSample, "<Status>Enabled</Status>", "text"):                                                   coserr.MalformedXML,
	} {
		requireCode(t, code, bucketcfg.CheckLifecycle([]byte(doc)), doc)
	}
}

// What no kind of document may be.
func TestMalformed(t *testing.T) {
	for name, c := range map[string]struct {
		sample, root string
		check        func([]byte) *coserr.Error
	}{
		"tagging":   {taggingSample, "Tagging", checkTagging},
		"lifecycle": {lifecycleSample, "LifecycleConfiguration", bucketcfg.CheckLifecycle},
		"referer":   {refererSample, "RefererConfiguration", checkReferer},
		"strict":    {strictSample, "StrictSignatureConfiguration", checkStrict},
	} {
		require.Nil(t, c.check([]byte(c.sample)), name)
		require.Nil(t, c.check([]byte("\ufeff"+c.sample+"\n<!-- done -->\n")), name)
		end := "</" + c.root + ">"
		for _, doc := range []string{
			"",
			"text",
			end,
			c.sample[:len(c.sample)-1],
			c.sample[:len(c.sample)-len(end)],
			c.sample + c.sample,
			c.sample + "text",
			"<Other/>",
			"<Other>" + c.sample + "</Other>",
			replace(t, c.sample, end, "<Other/>"+end),
			replace(t, c.sample, end, "text"+end),
			replace(t, c.sample, "<"+c.root+">", `<!DOCTYPE a [<!ENTITY b "c">]><`+c.root+">"),
			replace(t, c.sample, end, "&b;"+end),
			strings.Repeat("<"+c.root+">", 10_000),
			"<" + c.root + ">" + strings.Repeat("<a/>", 60_000) + end,
		} {
			requireCode(t, coserr.MalformedXML, c.check([]byte(doc)), doc)
		}
	}
}

func TestReferer(t *testing.T) {
	for doc, code := range map[string]coserr.Code{
		refererSample: "",
		replace(t, refererSample, "<EmptyReferConfiguration>Allow</EmptyReferConfiguration>", ""):        "",
		replace(t, refererSample, "Enabled", "On"):                                                       coserr.MalformedXML,
		replace(t, refererSample, "White-List", "White"):                                                 coserr.MalformedXML,
		replace(t, refererSample, "Allow", "Maybe"):                                                      coserr.MalformedXML,
		replace(t, refererSample, "*.qq.com", ""):                                                        coserr.MalformedXML,
		replace(t, refererSample, "<Domain>*.qq.com</Domain>", strings.Repeat("<Domain>a</Domain>", 29)): "",
		replace(t, refererSample, "<Domain>*.qq.com</Domain>", strings.Repeat("<Domain>a</Domain>", 30)): coserr.MalformedXML,
	} {
		requireCode(t, code, checkReferer([]byte(doc)), doc)
	}

	var none *bucketcfg.Referer
	require.True(t, none.Allows(""))
	require.True(t, (&bucketcfg.Referer{Domains: []string{"a"}}).Allows("http://a/"), "disabled")
	for domain, referers := range map[string]map[string]bool{
		"www.example.com": {
			"http://www.example.com/123": true, "https://www.example.com": true, "http://www.example.com.cn/": true,
			"www.example.com/x": true, "http://example.com/": false, "http://a.test/www.example.com": false,
		},
		"*.example.com": {
			"http://a.example.com/1": true, "http://a.b.example.com": true, "http://example.com/": false,
			"http://a.test/x.example.com": false, "http://a.test?x.example.com/": true,
		},
		"192.168.1.2:8080":    {"http://192.168.1.2:8080/a": true, "http://192.168.1.2/a": false},
		"www.example.com/dir": {"http://www.example.com/dir/a": true, "http://www.example.com/di": false},
		"https://www.a.test":  {"http://www.a.test/": true},
		"*.a.*.test/x":        {"http://1.a.b.c.test/xy": true, "http://1.a.test/x": false, "http://1.a.b.test/y": false},
	} {
		white := &bucketcfg.Referer{Enabled: true, White: true, Domains: []string{"other.test", domain}}
		black := &bucketcfg.Referer{Enabled: true, Domains: []string{"other.test", domain}}
		for referer, hit := range referers {
			require.Equal(t, hit, white.Allows(referer), "%s of %s", referer, domain)
			require.Equal(t, !hit, black.Allows(referer), "%s of %s", referer, domain)
		}
		for _, r := range []*bucketcfg.Referer{white, black} {
			require.False(t, r.Allows(""))
			r.AllowEmpty = true
			require.True(t, r.Allows(""))
		}
	}
}

// TestTagList: the header's form of tags, under the rules of the document's.
func TestTagList(t *testing.T) {
	for list, want := range map[string][]bucketcfg.Tag{
		"":                       nil,
		"a=b&c=d":                {{Key: "a", Value: "b"}, {Key: "c", Value: "d"}},
		"a&b=&&c=1=2":            {{Key: "a"}, {Key: "b"}, {Key: "c", Value: "1=2"}},
		"%E5%B9%B4=x+y%2B%3D%2F": {{Key: "年", Value: "x y+=/"}},
		strings.Repeat("k", 127) + "=" + strings.Repeat("v", 255): {{Key: strings.Repeat("k", 127), Value: strings.Repeat("v", 255)}},
		"a%40b=%3A%2F+-.%40&a:b=c@d/e&Project=1&x-project=2":      {{Key: "a@b", Value: ":/ -.@"}, {Key: "a:b", Value: "c@d/e"}, {Key: "Project", Value: "1"}, {Key: "x-project", Value: "2"}},
	} {
		got, err := bucketcfg.ParseTagList(list, 10)
		require.Nil(t, err, list)
		require.Equal(t, want, got, list)
	}
	for _, list := range []string{
		"=b", "a=b&a=c", "a=%zz", "%=b", "a=%00", "a=*", "a=%FF",
		strings.Repeat("k", 128) + "=v", "k=" + strings.Repeat("v", 256), "qcs%3Ax=1", "qcs:=1", "project=1", "projectX=1", "%E9%A1%B9%E7%9B%AE=1", "1=&2=&3=&4=&5=&6=&7=&8=&9=&10=&11=",
	} {
		_, err := bucketcfg.ParseTagList(list, 10)
		require.NotNil(t, err, list)
		require.Equal(t, coserr.InvalidTag, err.Code)
	}
}

// TestVersioning: the two states and nothing else.
func TestVersioning(t *testing.T) {
	document := func(status string) []byte {
		return []byte("<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>")
	}
	for _, want := range []string{"Enabled", "Suspended"} {
		got, err := bucketcfg.ParseVersioning(document(want))
		require.Nil(t, err)
		require.Equal(t, want, got)
	}
	for _, doc := range []string{"", "<VersioningConfiguration/>", string(document("enabled")), string(document("")), "<Versioning><Status>Enabled</Status></Versioning>"} {
		_, err := bucketcfg.ParseVersioning([]byte(doc))
		require.NotNil(t, err, doc)
		require.Equal(t, coserr.MalformedXML, err.Code)
	}
}
