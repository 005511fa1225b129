package diagnose

import (
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose/internal/coshost"
)

var (
	wordsHostNoCos = Message{
		ID: HostMalformed,
		Sentence: Text{
			En: `COS has no host "{arrived}": .cos. is missing before the region.`,
			Zh: `COS 没有域名 “{arrived}”：地域前少了 .cos.。`,
		},
		Advice: Text{En: "Use {signed}.", Zh: "请使用 {signed}。"},
	}
	wordsHostOld = Message{
		ID: HostMalformed,
		Sentence: Text{
			En: `COS no longer has the host "{arrived}": {detail} is a name of 2017.`,
			Zh: `COS 已经没有域名 “{arrived}”：{detail} 是 2017 年的写法。`,
		},
		Advice: Text{
			En: "Use <bucket>-<APPID>.cos.<region>.myqcloud.com with the region as it is written today, such as {signed}.",
			Zh: "请使用 <存储桶>-<APPID>.cos.<地域>.myqcloud.com，地域用现在的写法，例如 {signed}。",
		},
	}
	wordsHostSuffix = Message{
		ID: HostMalformed,
		Sentence: Text{
			En: `"{arrived}" is no host of COS: its names end in .myqcloud.com or .tencentcos.cn.`,
			Zh: `“{arrived}” 不是 COS 的域名：COS 的域名以 .myqcloud.com 或 .tencentcos.cn 结尾。`,
		},
		Advice: Text{En: "Use {signed}.", Zh: "请使用 {signed}。"},
	}
	wordsHostTwice = Message{
		ID: HostMalformed,
		Sentence: Text{
			En: `COS has no host "{arrived}": it contains {detail} twice.`,
			Zh: `COS 没有域名 “{arrived}”：{detail} 出现了两次。`,
		},
		Advice: Text{
			En: "Use {signed}: give the client either the bucket and the region, or the whole host, not both.",
			Zh: "请使用 {signed}：存储桶和地域、完整域名，只给客户端其中一种。",
		},
	}
	wordsHostTemplate = Message{
		ID: HostMalformed,
		Sentence: Text{
			En: `The host "{arrived}" contains a placeholder: {detail}.`,
			Zh: `域名 “{arrived}” 里还有占位符：{detail}。`,
		},
		Advice: Text{
			En: "Put the bucket and the region in its place, or check why the client did not.",
			Zh: "请填入存储桶和地域，或检查客户端为什么没有替换。",
		},
	}
	wordsOldAPI = Message{
		ID: OldAPI,
		Sentence: Text{
			En: "This is a request of COS's JSON API (v4): {detail}.",
			Zh: "这是 COS 旧版 JSON API（v4）的请求：{detail}。",
		},
		Advice: Text{
			En: "Use an SDK of the XML API (v5): PUT https://<bucket>-<APPID>.cos.<region>.myqcloud.com/<key> with a signature that begins with q-sign-algorithm.",
			Zh: "请使用 XML API（v5）的 SDK：PUT https://<存储桶>-<APPID>.cos.<地域>.myqcloud.com/<对象键>，签名以 q-sign-algorithm 开头。",
		},
	}
)

// observeHostMalformed looks at a host that comes near one of COS and is none.
func observeHostMalformed(e *evidence) []Finding {
	host := strings.ToLower(strings.TrimSuffix(coshost.WithoutPort(e.req.Host), "."))
	w, v := malformed(host)
	if w == nil {
		return nil
	}
	v.Arrived = e.req.Host
	f := w.Finding(v)
	f.rank = rankUnreadable
	return []Finding{f}
}

func malformed(host string) (*Message, Values) {
	if t := templateIn(host); t != "" {
		return &wordsHostTemplate, Values{Detail: same(t)}
	}
	if label, _, _ := strings.Cut(host, "."); label != host && (label == "undefined" || label == "null") {
		return &wordsHostTemplate, Values{Detail: same(label)}
	}
	sub, domain, cloud := coshost.CutDomain(host)
	labels := strings.Split(sub, ".")
	cos := -1
	for i, l := range labels {
		if l == "cos" || strings.HasPrefix(l, "cos-") || l == "cosv6" {
			cos = i
			break
		}
	}
	last := labels[len(labels)-1]
	switch {
	case !cloud:
		// A custom domain, unless it is a slip of COS's own.
		if cos >= 0 && cos+1 < len(labels) && coshost.IsRegion(labels[cos+1]) && coshost.SlipOfDomain(strings.Join(labels[cos+2:], ".")) {
			return &wordsHostSuffix, Values{Signed: strings.Join(labels[:cos+2], ".") + coshost.Domains()[0]}
		}
		return nil, Values{}
	case cos < 0 && coshost.IsRegion(last) && len(labels) > 1:
		return &wordsHostNoCos, Values{Signed: strings.Join(labels[:len(labels)-1], ".") + ".cos." + last + domain}
	case cos < 0 && coshost.OldRegion(last) != "" && len(labels) > 1:
		return &wordsHostOld, Values{Detail: same(last), Signed: labels[0] + ".cos." + coshost.OldRegion(last) + domain}
	case cos >= 0 && cos+1 < len(labels) && coshost.OldRegion(labels[cos+1]) != "":
		return &wordsHostOld, Values{Detail: same(labels[cos+1]), Signed: strings.Join(labels[:cos+1], ".") + "." + coshost.OldRegion(labels[cos+1]) + domain}
	case cos >= 0 && cos+1 < len(labels) && (len(labels)-cos > 2 || cos > 1 && labels[0] == labels[1]):
		return doubled(labels, cos, domain)
	}
	return nil, Values{}
}

// doubled looks for a bucket or a region that was put into a host which had one.
func doubled(labels []string, cos int, domain string) (*Message, Values) {
	right := strings.Join([]string{labels[0], labels[cos], labels[cos+1]}, ".") + domain
	if cos > 1 && labels[0] == labels[1] {
		return &wordsHostTwice, Values{Detail: same(labels[0]), Signed: right}
	}
	seen := map[string]bool{}
	for _, l := range labels {
		if seen[l] {
			for _, region := range labels[cos+1:] {
				if coshost.IsRegion(region) {
					right = strings.Join([]string{labels[0], labels[cos], region}, ".") + domain
					break
				}
			}
			return &wordsHostTwice, Values{Detail: same(l), Signed: right}
		}
		seen[l] = true
	}
	return nil, Values{}
}

// templateForm is a placeholder that was not filled in: {Bucket}, ${filename},
// <bucket>, %{key}, {{ key }}.
var templateForm = regexp.MustCompile(`\$?\{\{?[ ]?[A-Za-z_][\w.\- ]{0,40}\}?\}|<[A-Za-z_][\w.\- ]{0,40}>|%[A-Z_]{3,40}%|\$[A-Z_]{3,40}`)

// Placeholder finds a placeholder that was not filled in, such as {Bucket} or
// ${filename}, in a host or a path, escaped or not. Empty: there is none.
func Placeholder(s string) string {
	if !strings.ContainsAny(s, "{<$") && !strings.Contains(s, "%7") && !strings.Contains(s, "%3") && !strings.Contains(s, "%24") {
		return "" // as nearly always
	}
	if t := templateIn(s); !strings.HasPrefix(t, "%") { // two escapes may look like %NAME%
		return t
	}
	return ""
}

// templateIn finds a placeholder in a text, escaped or not.
func templateIn(s string) string {
	const longest = 4 << 10
	if len(s) > longest {
		s = s[:longest]
	}
	if !strings.ContainsAny(s, "{<%$") {
		return ""
	}
	return templateForm.FindString(strings.NewReplacer("%7B", "{", "%7b", "{", "%7D", "}", "%7d", "}", "%3C", "<", "%3c", "<", "%3E", ">", "%3e", ">", "%24", "$").Replace(s))
}

// observeOldAPI knows the JSON API by its host, its path or its signature.
func observeOldAPI(e *evidence) []Finding {
	host := strings.ToLower(coshost.WithoutPort(e.req.Host))
	var detail Text
	switch {
	case strings.HasSuffix(host, ".file.myqcloud.com") && coshost.OldRegion(strings.TrimSuffix(host, ".file.myqcloud.com")) != "",
		host == "web.file.myqcloud.com", host == "web.image.myqcloud.com":
		detail = Text{En: "its host is {name}", Zh: "域名是 {name}"}.With(Values{Name: host})
	case e.claim != nil:
		return nil
	case strings.HasPrefix(e.req.Path, "/files/v2/") || strings.HasPrefix(e.req.Path, "/files/v1/"):
		detail = Text{
			En: "its path begins with {name}",
			Zh: "路径以 {name} 开头",
		}.With(Values{Name: e.req.Path[:len("/files/v2")]})
	case e.signedV4():
		detail = Text{En: "its signature is the base64 of a=…&k=…&e=…", Zh: "签名是 a=…&k=…&e=… 的 base64"}
	default:
		return nil
	}
	f := ExplainOldAPI(detail)
	f.rank, f.explains = rankUnreadable, true
	return []Finding{f}
}

// ExplainOldAPI is the finding of the JSON API; detail says by what it was known.
func ExplainOldAPI(detail Text) Finding {
	return wordsOldAPI.Finding(Values{Detail: detail})
}

// signedV4 reports whether a signature of the JSON API came: the base64 of an
// HMAC and the text "a=<APPID>&b=<bucket>&k=<SecretId>&e=…" behind it (COS docs,
// JSON API: 鉴权技术文档).
func (e *evidence) signedV4() bool {
	texts := append([]string(nil), e.req.Header["Authorization"]...)
	if p, ok := e.req.Param("sign"); ok {
		texts = append(texts, p.DecodedValue())
	}
	for _, t := range texts {
		if len(t) > 1<<10 {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(strings.TrimSpace(t), " ", "+"))
		if err != nil || len(b) < 20 {
			continue
		}
		if text := "&" + string(b[20:]); strings.Contains(text, "&k=AKID") || strings.Contains(text, "&a=") && strings.Contains(text, "&e=") {
			return true
		}
	}
	return false
}
