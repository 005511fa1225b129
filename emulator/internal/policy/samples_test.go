package policy_test

import (
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/stretchr/testify/require"
)

// A sample is a policy of a page, and what it says to requests. In the text §P
// stands for the sub-account that the pages name, §R for their bucket.
type sample struct {
	page   string
	where  policy.Where
	policy string
	asks   []ask
}

type ask struct {
	who    policy.Caller
	action string
	key    string
	have   have
	want   policy.Effect
}

func (s *sample) text() string {
	return strings.NewReplacer(
		"§P", `"principal":{"qcs":["qcs::cam::uin/100000000001:uin/100000000002"]}`,
		"§R", `"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*"]`,
	).Replace(s.policy)
}

func TestSamplesOfThePages(t *testing.T) {
	for _, list := range [][]sample{languageSamples(), versionSamples(), uploadSamples(), transportSamples(), listSamples()} {
		for _, s := range list {
			p := parsed(t, s.text(), s.where)
			for _, a := range s.asks {
				require.Equal(t, a.want, p.Evaluate(asks(a.who, a.action, a.key, a.have)).Effect, "%s: %+v", s.page, a)
			}
		}
	}
}

// with is one header, parameter or fact of a request.
func with(key string, values ...string) have { return have{key: values} }

func languageSamples() []sample {
	other := policy.Caller{AppID: "1250000000", OwnerUIN: "100000000001", UIN: "100000000003"}
	ranges := with("qcs:ip", "10.217.182.77")
	return []sample{
		{"COS: 生效条件示例", policy.Bucket, `{"version":"2.0","statement":[{§P,"effect":"allow","action":["name/cos:PutObject"],§R,
			"condition":{"ip_equal":{"qcs:ip":["10.217.182.3/24","111.21.33.72/24"]}}}]}`, []ask{
			{sub, "PutObject", "a", ranges, policy.Allow},
			{sub, "PutObject", "a", with("qcs:ip", "111.21.33.1"), policy.Allow},
			{sub, "PutObject", "a", with("qcs:ip", "10.217.183.3"), policy.None},
			{sub, "PutObject", "a", with("qcs:ip", "2001:db8::1"), policy.None},
			{sub, "GetObject", "a", ranges, policy.None},
			{other, "PutObject", "a", ranges, policy.None},
			{anon, "PutObject", "a", ranges, policy.None},
		}},
		{"CAM: 生效条件, 使用示例 1", policy.Identity, `{"version":"2.0","statement":[{"effect":"allow","action":"cos:PutObject","resource":"*",
			"condition":{"ip_equal":{"qcs:ip":["10.217.182.3/24","111.21.33.72/24"]}}}]}`, []ask{
			{sub, "PutObject", "a", ranges, policy.Allow},
			{sub, "PutObject", "a", with("qcs:ip", "10.217.183.3"), policy.None},
		}},
		{"CAM: 生效条件, ip_not_equal", policy.Identity, `{"version":"2.0","statement":[{"effect":"deny","action":"*","resource":"*",
			"condition":{"ip_not_equal":{"qcs:ip ":["10.121.2.10/24", "10.121.3.20/24"]}}}]}`, []ask{
			{sub, "PutObject", "a", with("qcs:ip", "10.121.2.1"), policy.None},
			{sub, "PutObject", "a", with("qcs:ip", "10.121.3.1"), policy.None},
			{sub, "PutObject", "a", with("qcs:ip", "10.121.4.1"), policy.Deny},
		}},
		{"CAM: 元素参考, 策略样例", policy.Bucket, `{"version":"2.0","statement":[{"principal":{"qcs":["qcs::cam::uin/1238423:uin/3232523"]},"effect":"allow",
			"action":["cos:PutObject","cos:GetObject","cos:HeadObject","cos:OptionsObject","cos:ListParts","cos:GetObjectTagging"],
			"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/object2"],"condition":{"ip_equal":{"qcs:ip":"10.121.2.10/24"}}},
			{"principal":{"qcs":["qcs::cam::uin/1238423:uin/3232523"]},"effect":"allow","action":"cmqqueue:SendMessage","resource":"*"}]}`, []ask{
			{policy.Caller{AppID: "1238423", UIN: "3232523"}, "PutObject", "object2", with("qcs:ip", "10.121.2.9"), policy.Allow},
			{policy.Caller{AppID: "1238423", UIN: "3232523"}, "PutObject", "object3", with("qcs:ip", "10.121.2.9"), policy.None},
			{policy.Caller{AppID: "1238423", UIN: "3232523"}, "SendMessage", "object2", nil, policy.None},
		}},
		{"COS: 访问策略语言概述, 实际案例", policy.Bucket, `{"version":"2.0","principal":{"qcs":["qcs::cam::anonymous:anonymous"]},"statement":[{
			"action":["name/cos:GetObject","name/cos:HeadObject"],"condition":{"ip_equal":{"qcs:ip":["101.226.100.185","101.226.100.186"]}},"effect":"allow",
			"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000.ap-guangzhou.myqcloud.com/*"]}]}`, []ask{
			{anon, "GetObject", "a", with("qcs:ip", "101.226.100.185"), policy.Allow},
			{sub, "HeadObject", "a/b", with("qcs:ip", "101.226.100.186"), policy.Allow},
			{anon, "GetObject", "a", with("qcs:ip", "101.226.100.187"), policy.None},
			{anon, "PutObject", "a", with("qcs:ip", "101.226.100.185"), policy.None},
		}},
		{"COS: 访问策略评估流程, 示例: the user's policy", policy.Identity, `{"version":"2.0","statement":[{"action":["cos:List*","cos:Get*","cos:Head*","cos:OptionsObject"],
			"resource":"*","effect":"allow"}]}`, []ask{
			{sub, "GetObject", "a", nil, policy.Allow},
			{sub, "ListParts", "a", nil, policy.Allow},
			{sub, "OptionsObject", "a", nil, policy.Allow},
			{sub, "PutObject", "a", nil, policy.None},
			{sub, "DeleteObject", "a", nil, policy.None},
		}},
		{"COS: 访问策略评估流程, 示例: the bucket's policy", policy.Bucket, `{"Statement":[{"Principal":{"qcs":["qcs::cam::anyone:anyone"]},"Effect":"Deny",
			"Action":["name/cos:GetObject"],"Resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*"]}],"version":"2.0"}`, []ask{
			{sub, "GetObject", "a", nil, policy.None}, // then his own policy decides
			{anon, "GetObject", "a", nil, policy.Deny},
			{anon, "PutObject", "a", nil, policy.None},
		}},
		{"COS: 存储桶策略示例 1", policy.Bucket, `{"Statement":[{"Action":["name/cos:*"],"Condition":{"ip_equal":{"qcs:ip":["10.1.1.0/24"]},
			"string_equal":{"vpc:requester_vpc":["vpc-aqp5jrc1"]}},"Effect":"deny","Principal":{"qcs":["qcs::cam::anyone:anyone"]},
			"Resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/*"]}],"version":"2.0"}`, []ask{
			{anon, "GetObject", "a", have{"qcs:ip": {"10.1.1.7"}, "vpc:requester_vpc": {"vpc-aqp5jrc1"}}, policy.Deny},
			{anon, "GetObject", "a", have{"qcs:ip": {"10.1.1.7"}}, policy.None},
			{anon, "GetObject", "a", have{"qcs:ip": {"10.1.2.7"}, "vpc:requester_vpc": {"vpc-aqp5jrc1"}}, policy.None},
		}},
	}
}

// COS: 条件键说明及使用示例, cos:versionid.
func versionSamples() []sample {
	const id = "MTg0NDUxNTc1NjIzMTQ1MDAwODg"
	const page = "COS: 条件键说明及使用示例, cos:versionid "
	allow := func(action, condition string) string {
		return `{§P,"effect":"allow","action":["name/cos:` + action + `"],"condition":{` + condition + `},§R}`
	}
	deny := func(action, condition string) string {
		return `{§P,"effect":"deny","action":["name/cos:` + action + `"],"condition":{` + condition + `},§R}`
	}
	only := `"string_equal":{"cos:versionid":"` + id + `"}`
	return []sample{
		{page + "1", policy.Bucket, `{"version":"2.0","statement":[` + allow("GetObject", only) + `]}`, []ask{
			{sub, "GetObject", "a", with("cos:versionid", id), policy.Allow},
			{sub, "GetObject", "a", with("cos:versionid", "null"), policy.None},
			{sub, "GetObject", "a", nil, policy.None},
		}},
		{page + "1, 添加显式拒绝", policy.Bucket, `{"statement":[` + allow("GetObject", only) + `,` +
			deny("GetObject", `"string_not_equal_if_exist":{"cos:versionid":"`+id+`"}`) + `],"version":"2.0"}`, []ask{
			{sub, "GetObject", "a", with("cos:versionid", id), policy.Allow},
			{sub, "GetObject", "a", with("cos:versionid", "null"), policy.Deny},
			{sub, "GetObject", "a", nil, policy.Deny},
		}},
		{page + "2", policy.Bucket, `{"statement":[` + allow("GetObject", `"string_equal_if_exist":{"cos:versionid":""}`) + `,` +
			deny("GetObject", `"string_not_equal":{"cos:versionid":""}`) + `],"version":"2.0"}`, []ask{
			{sub, "GetObject", "a", nil, policy.Allow},
			{sub, "GetObject", "a", with("cos:versionid", ""), policy.Allow},
			{sub, "GetObject", "a", with("cos:versionid", id), policy.Deny},
		}},
		{page + "3", policy.Bucket, `{"statement":[{§P,"effect":"allow","action":["name/cos:DeleteObject"],§R},` +
			deny("DeleteObject", `"string_equal":{"cos:versionid":"null"}`) + `],"version":"2.0"}`, []ask{
			{sub, "DeleteObject", "a", nil, policy.Allow},
			{sub, "DeleteObject", "a", with("cos:versionid", id), policy.Allow},
			{sub, "DeleteObject", "a", with("cos:versionid", "null"), policy.Deny},
		}},
	}
}

// pair is how most of the samples are built: one statement that allows on a
// condition, one that denies on another.
func pair(actions, allow, deny string) string {
	return `{"version":"2.0","statement":[{§P,"effect":"allow","action":[` + actions + `],§R,"condition":{` + allow + `}},` +
		`{§P,"effect":"deny","action":[` + actions + `],§R,"condition":{` + deny + `}}]}`
}

// COS: 条件键说明及使用示例, what an upload sends; 限制上传文件大小和类型.
func uploadSamples() []sample {
	const page = "COS: 条件键说明及使用示例, "
	const uploads = `"name/cos:PutObject","name/cos:PostObject"`
	size := func(n string) have { return with("cos:content-length", n) }
	const put = `"name/cos:PutObject"`
	return []sample{
		{page + "cos:content-length 1", policy.Bucket, pair(uploads, `"numeric_less_than_equal":{"cos:content-length":10}`,
			`"numeric_greater_than_if_exist":{"cos:content-length":10}`), []ask{
			{sub, "PutObject", "a", size("10"), policy.Allow},
			{sub, "PostObject", "a", size("0"), policy.Allow},
			{sub, "PutObject", "a", size("11"), policy.Deny},
			{sub, "PutObject", "a", nil, policy.Deny},
		}},
		{page + "cos:content-length 2", policy.Bucket, pair(uploads, `"numeric_greater_than_equal":{"cos:content-length":2}`,
			`"numeric_less_than_if_exist":{"cos:content-length":2}`), []ask{
			{sub, "PutObject", "a", size("2"), policy.Allow},
			{sub, "PutObject", "a", size("1"), policy.Deny},
			{sub, "PutObject", "a", nil, policy.Deny},
		}},
		{"COS: 限制上传文件大小和类型, 案例二", policy.Session, `{"version":"2.0","statement":[{"effect":"allow","action":["cos:PutObject","cos:PostObject"],
			§R,"condition":{"numeric_greater_than_equal":{"cos:content_length":1}, "numeric_less_than":{"cos:content_length":10}}}]}`, []ask{
			{sub, "PutObject", "a", size("1"), policy.Allow},
			{sub, "PostObject", "a", size("9"), policy.Allow},
			{sub, "PutObject", "a", size("0"), policy.None},
			{sub, "PutObject", "a", size("10"), policy.None},
			{sub, "GetObject", "a", nil, policy.None},
		}},
		{page + "cos:content-type", policy.Bucket, pair(put, `"string_equal":{"cos:content-type":"image/jpeg"}`,
			`"string_not_equal_if_exist":{"cos:content-type":"image/jpeg"}`), []ask{
			{sub, "PutObject", "a", with("cos:content-type", "image/jpeg"), policy.Allow},
			{sub, "PutObject", "a", with("cos:content-type", "image/png"), policy.Deny},
			{sub, "PutObject", "a", with("cos:content-type", "image/JPEG"), policy.Deny},
			{sub, "PutObject", "a", nil, policy.Deny},
		}},
		{page + "cos:x-cos-storage-class", policy.Bucket, pair(put, `"string_equal":{"cos:x-cos-storage-class":"STANDARD"}`,
			`"string_not_equal_if_exist":{"cos:x-cos-storage-class":"STANDARD"}`), []ask{
			{sub, "PutObject", "a", with("cos:x-cos-storage-class", "STANDARD"), policy.Allow},
			{sub, "PutObject", "a", with("cos:x-cos-storage-class", "ARCHIVE"), policy.Deny},
			{sub, "PutObject", "a", nil, policy.Deny},
		}},
		{page + "cos:x-cos-acl", policy.Bucket, pair(put, `"string_equal":{"cos:x-cos-acl":"private"}`,
			`"string_not_equal_if_exist":{"cos:x-cos-acl":"private"}`), []ask{
			{sub, "PutObject", "a", with("cos:x-cos-acl", "private"), policy.Allow},
			{sub, "PutObject", "a", with("cos:x-cos-acl", "public-read"), policy.Deny},
			{sub, "PutObject", "a", nil, policy.Deny},
		}},
		{"qcloud-cos-sts-sdk, getKeyAndCredentials: pictures of at most 5 MB", policy.Session, `{"version":"2.0","statement":[{"action":["name/cos:PutObject"],
			"effect":"allow",§R,"condition":{"string_like_if_exist":{"cos:content-type":"image/*"},"numeric_less_than_equal":{"cos:content-length":5242880}}}]}`, []ask{
			{sub, "PutObject", "a", have{"cos:content-type": {"image/webp"}, "cos:content-length": {"5242880"}}, policy.Allow},
			{sub, "PutObject", "a", have{"cos:content-length": {"5"}}, policy.Allow},
			{sub, "PutObject", "a", have{"cos:content-type": {"text/html"}, "cos:content-length": {"5"}}, policy.None},
			{sub, "PutObject", "a", have{"cos:content-type": {"image/webp"}, "cos:content-length": {"5242881"}}, policy.None},
			{sub, "PutObject", "a", have{"cos:content-type": {"image/webp"}}, policy.None},
		}},
	}
}

// COS: 条件键说明及使用示例, where a request comes from and how.
func transportSamples() []sample {
	const page = "COS: 条件键说明及使用示例, "
	tls := func(v string) have { return with("cos:tls-version", v) }
	return []sample{
		{page + "qcs:ip", policy.Bucket, `{"version":"2.0",§P,"statement":[{"effect":"allow","action":["name/cos:PutObject","name/cos:GetObject"],
			"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/exampleobject"],
			"condition":{"ip_equal":{"qcs:ip":["192.168.1.0/24","101.226.100.185","101.226.100.186"]}}}]}`, []ask{
			{sub, "GetObject", "exampleobject", with("qcs:ip", "192.168.1.255"), policy.Allow},
			{sub, "GetObject", "exampleobject", with("qcs:ip", "101.226.100.186"), policy.Allow},
			{sub, "GetObject", "exampleobject", with("qcs:ip", "101.226.100.187"), policy.None},
			{sub, "GetObject", "exampleobject2", with("qcs:ip", "101.226.100.186"), policy.None},
		}},
		{page + "vpc:requester_vpc", policy.Bucket, `{"statement":[{"action":["name/cos:*"],"condition":{"string_equal":{"vpc:requester_vpc":["vpc-aqp5jrc1"]}},
			"effect":"allow",§P,§R}],"version":"2.0"}`, []ask{
			{sub, "GetObject", "a", with("vpc:requester_vpc", "vpc-aqp5jrc1"), policy.Allow},
			{sub, "GetObject", "a", nil, policy.None},
		}},
		{page + "cos:secure-transport 1", policy.Bucket, `{"version":"2.0","statement":[{§P,"effect":"allow","action":["name/cos:GetObject"],§R,
			"condition":{"bool_equal":{"cos:secure-transport":"true"}}}]}`, []ask{
			{sub, "GetObject", "a", with("cos:secure-transport", "true"), policy.Allow},
			{sub, "GetObject", "a", with("cos:secure-transport", "false"), policy.None},
		}},
		{page + "cos:secure-transport 2", policy.Bucket, `{"version":"2.0","statement":[{§P,"effect":"deny","action":["*"],§R,
			"condition":{"bool_equal":{"cos:secure-transport":"false"}}}]}`, []ask{
			{sub, "GetObject", "a", with("cos:secure-transport", "false"), policy.Deny},
			{sub, "GetBucket", "", with("cos:secure-transport", "false"), policy.Deny},
			{sub, "GetObject", "a", with("cos:secure-transport", "true"), policy.None},
		}},
		{page + "cos:tls-version 1", policy.Bucket, `{"version":"2.0","statement":[{§P,"effect":"allow","action":["*"],§R,
			"condition":{"numeric_equal":{"cos:tls-version":1.2}}}]}`, []ask{
			{sub, "GetObject", "a", tls("1.2"), policy.Allow},
			{sub, "GetObject", "a", tls("1.0"), policy.None},
			{sub, "GetObject", "a", nil, policy.None},
		}},
		{page + "cos:tls-version 2", policy.Bucket, pair(`"*"`, `"numeric_greater_than_equal":{"cos:tls-version":1.2}`,
			`"numeric_less_than_if_exist":{"cos:tls-version":1.2}`), []ask{
			{sub, "GetObject", "a", tls("1.0"), policy.Deny},
			{sub, "GetObject", "a", tls("1.2"), policy.Allow},
			{sub, "GetObject", "a", tls("1.3"), policy.Allow},
		}},
		{"COS: 访问策略语言概述 (earlier), date_greater_than", policy.Identity, `{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":"*",
			"condition":{" date_greater_than ":{"qcs:current_time":"2016-06-01T00:01:00Z"},"date_less_than":{"qcs:current_time":"2016-06-02T 00:01:00Z"}}}]}`, []ask{
			{sub, "GetObject", "a", with("qcs:current_time", "2016-06-01T00:01:01Z"), policy.Allow},
			{sub, "GetObject", "a", with("qcs:current_time", "2016-06-01T00:01:00Z"), policy.None},
			{sub, "GetObject", "a", with("qcs:current_time", "2016-06-01T08:01:01+08:00"), policy.Allow},
			{sub, "GetObject", "a", with("qcs:current_time", "2016-06-02T00:01:00Z"), policy.None},
		}},
	}
}

// COS: 条件键说明及使用示例, lists and tags.
func listSamples() []sample {
	const page = "COS: 条件键说明及使用示例, "
	tags := func(list ...string) have { return have{"qcs:request_tag": list} }
	tagged := func(q string) string {
		return `{"version":"2.0","statement":[{§P,"effect":"allow","action":["name/cos:PutBucket"],"resource":"*",
			"condition":{"` + q + `:string_equal":{"qcs:request_tag":["a&b","c&d"]}}}]}`
	}
	return []sample{
		{page + "cos:prefix, its first statement", policy.Bucket, `{"statement":[{§P,"effect":"allow","action":["name/cos:GetBucket"],§R,
			"condition":{"string_equal":{"cos:prefix":"folder1"}}}],"version":"2.0"}`, []ask{
			{sub, "GetBucket", "", with("cos:prefix", "folder1"), policy.Allow},
			{sub, "GetBucket", "", with("cos:prefix", "folder2"), policy.None},
			{sub, "GetBucket", "", nil, policy.None},
		}},
		// Its second statement has string_equal_if_exist where the text around
		// it needs the negative: as it stands it denies what the first allows.
		{page + "cos:prefix, as it stands", policy.Bucket, pair(`"name/cos:GetBucket"`, `"string_equal":{"cos:prefix":"folder1"}`,
			`"string_equal_if_exist":{"cos:prefix":"folder1"}`), []ask{
			{sub, "GetBucket", "", with("cos:prefix", "folder1"), policy.Deny},
		}},
		{page + "qcs:request_tag, for_any_value", policy.Bucket, tagged("for_any_value"), []ask{
			{sub, "PutBucket", "", tags("a&b", "c&d"), policy.Allow},
			{sub, "PutBucket", "", tags("a&b"), policy.Allow},
			{sub, "PutBucket", "", tags("a&b", "c&d", "e&f"), policy.Allow},
			{sub, "PutBucket", "", tags("e&f"), policy.None},
			{sub, "PutBucket", "", nil, policy.None},
		}},
		{page + "qcs:request_tag, for_all_value", policy.Bucket, tagged("for_all_value"), []ask{
			{sub, "PutBucket", "", tags("a&b", "c&d"), policy.Allow},
			{sub, "PutBucket", "", tags("a&b"), policy.Allow},
			{sub, "PutBucket", "", tags("a&b", "c&d", "e&f"), policy.None},
			{sub, "PutBucket", "", nil, policy.None},
		}},
		{"COS: 用于前端直传 COS 的临时密钥安全指引, 案例三", policy.Session, `{"version":"2.0","statement":[
			{"effect":"allow","action":["name/cos:GetBucket","name/cos:GetObject"],"resource":"qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/app/files/*"},
			{"effect":"allow","action":["name/cos:PutObject","name/cos:DeleteObject"],"resource":"qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/app/files/li/*"}]}`, []ask{
			{sub, "GetObject", "app/files/wang/1", nil, policy.Allow},
			{sub, "GetBucket", "", with("cos:prefix", "app/files/"), policy.Allow},
			{sub, "GetBucket", "", with("cos:prefix", "app/"), policy.None},
			{sub, "GetBucket", "", nil, policy.None},
			{sub, "PutObject", "app/files/li/1", nil, policy.Allow},
			{sub, "DeleteObject", "app/files/wang/1", nil, policy.None},
		}},
	}
}
