package diagnose

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/coshost"
	"github.com/cosemu/cosemu/signer/diagnose/internal/guess"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

var (
	wordsMethod = Message{
		ID: Method,
		Sentence: Text{
			En: "Signed for {signed}, arrived as {arrived}.",
			Zh: "签名时用的是 {signed}，请求却是 {arrived}。",
		},
		Advice: Text{
			En: "The method is part of the signature: sign for {arrived}, or send the request with {signed}.",
			Zh: "请求方法也在签名里：请按 {arrived} 重新签名，或者改用 {signed} 发送。",
		},
	}
	wordsMethodCase = Message{
		ID: Method,
		Sentence: Text{
			En: "The method was signed as {signed}; it is signed in lower case.",
			Zh: "签名时方法写成了 {signed}，应该用小写。",
		},
		Advice: Text{
			En: "Lower-case the method before you put it into HttpString.",
			Zh: "拼 HttpString 之前先把请求方法转成小写。",
		},
	}
	wordsHost = Message{
		ID: Host,
		Sentence: Text{
			En: "Signed for host {signed}, arrived at {arrived}.",
			Zh: "签名时的域名是 {signed}，请求却到了 {arrived}。",
		},
		Advice: Text{
			En: "Send the request to the host that was signed, or sign for {arrived}; a proxy or CDN in between has to keep the Host header.",
			Zh: "请把请求发到签名时的域名，或者按 {arrived} 签名；中间的代理或 CDN 必须保留 Host 头。",
		},
	}
	wordsHostAlias = Message{
		ID: Host,
		Sentence: Text{
			En: "Signed for host {signed}, arrived at {arrived}, which names no bucket here.",
			Zh: "签名时的域名是 {signed}，请求却到了 {arrived}，这里没有给它配置存储桶。",
		},
		Advice: Text{
			En: "Sign for {arrived}, or send the request to {signed}; a proxy or CDN in between has to keep the Host header. If {arrived} is a custom domain of the bucket, tell cosemu: --aliases {arrived}={name}.",
			Zh: "请按 {arrived} 签名，或把请求发到 {signed}；中间的代理或 CDN 必须保留 Host 头。如果 {arrived} 是存储桶的自定义域名，请告诉 cosemu：--aliases {arrived}={name}。",
		},
	}
	wordsHostUnknown = Message{
		ID: Host,
		Sentence: Text{
			En: `The host {arrived} names no bucket here, so "{signed}" of the path was taken for the bucket.`,
			Zh: `这里没有给域名 {arrived} 配置存储桶，于是把路径里的 “{signed}” 当成了存储桶。`,
		},
		Advice: Text{
			En: "If {arrived} is a custom domain of a bucket, tell cosemu: --aliases {arrived}={name}.",
			Zh: "如果 {arrived} 是存储桶的自定义域名，请告诉 cosemu：--aliases {arrived}={name}。",
		},
	}
	wordsMethodForm = Message{
		ID: Method,
		Sentence: Text{
			En: "The URL is signed for PUT; a form came by POST.",
			Zh: "URL 是按 PUT 签名的，请求却是用 POST 发来的表单。",
		},
		Advice: Text{
			En: "Send the file itself as the body of a PUT (fetch: method PUT, body: file; wx.uploadFile and uni.uploadFile cannot). Or upload a form: POST to the bucket's root with the fields key and policy, and the policy signed.",
			Zh: "用 PUT 直接把文件作为请求体发送（fetch：method 用 PUT、body 用文件；wx.uploadFile、uni.uploadFile 做不到）。或者用表单上传：POST 到存储桶根路径，带上 key 和 policy 字段，并对 policy 签名。",
		},
	}
	wordsHostNotSigned = Message{
		ID: Host,
		Sentence: Text{
			En: "q-header-list names host, but the signature was made without it.",
			Zh: "q-header-list 里有 host，签名时却没有把它算进去。",
		},
		Advice: Text{
			En: "Put host={arrived} into the signed headers, or take host off q-header-list.",
			Zh: "请把 host={arrived} 算进签名头部，或者从 q-header-list 里去掉 host。",
		},
	}
	wordsHostNotListed = Message{
		ID: Host,
		Sentence: Text{
			En: "The signature covers host {signed}, but q-header-list does not name host.",
			Zh: "签名时算进了域名 {signed}，q-header-list 里却没有 host。",
		},
		Advice: Text{
			En: "Put host on q-header-list: it names every header that was signed.",
			Zh: "请把 host 写进 q-header-list：签过名的头部都要列出来。",
		},
	}
)

func attemptMethod(s *search) {
	arrived := strings.ToUpper(s.e.req.Method)
	for _, m := range []string{
		http.MethodGet, http.MethodPut, http.MethodPost, http.MethodHead,
		http.MethodDelete, http.MethodOptions, http.MethodPatch,
	} {
		w := &wordsMethod
		if m == http.MethodPut && arrived == http.MethodPost && s.e.sentForm() {
			w = &wordsMethodForm
		}
		s.proposeText(resign.Method, strings.ToLower(m), w, Values{Signed: m, Arrived: arrived}, true)
	}
	s.proposeText(resign.Method, arrived, &wordsMethodCase, Values{Signed: arrived, Arrived: strings.ToLower(arrived)}, true)
	s.proposeText(resign.Method, s.e.req.Method, &wordsMethodCase, Values{Signed: s.e.req.Method, Arrived: strings.ToLower(arrived)}, false)
}

// sentForm reports whether a browser's form came.
func (e *evidence) sentForm() bool {
	return strings.EqualFold(strings.TrimSpace(guess.MediaType(e.req.Header.Get("Content-Type"))), "multipart/form-data")
}

func attemptHost(s *search) {
	arrived := s.e.req.Host
	listed := contains(s.e.claim.HeaderList, "host")
	w := &wordsHost
	if !listed {
		w = &wordsHostNotListed
	}
	known := s.e.bucketHosts()
	propose := func(host string, likely bool) {
		w, v := w, Values{Signed: host, Arrived: arrived}
		if b := known[host]; b != "" && listed {
			switch {
			case s.e.in.Facts.HostUnknown:
				w, v.Name = &wordsHostAlias, b
			case s.e.bare():
				w, v.Name = &wordsHostBare, b
			}
		}
		s.proposeHost(signer.NewPair("host", host), w, v, likely)
		if strings.IndexByte(host, ':') >= 0 {
			s.proposeHost(signer.Pair{Key: "host", Value: host, Verbatim: true}, w, v, false)
		}
	}
	if listed {
		s.proposeText(resign.Host, "", &wordsHostNotSigned, Values{Arrived: arrived}, true)
	} else {
		propose(arrived, true)
	}
	port := coshost.Port(arrived)
	for _, h := range s.e.likelyHosts() {
		propose(h, true)
		bare := coshost.WithoutPort(h)
		propose(bare, true)
		if port != "" {
			propose(bare+":"+port, false)
		}
	}
	for _, h := range s.e.knownHosts() {
		propose(h, false)
	}
	bare := coshost.WithoutPort(arrived)
	for _, h := range []string{
		bare, bare + ":80", bare + ":443", bare + ":" + s.e.in.Verify.LocalPort, strings.ToLower(arrived),
		strings.TrimSuffix(bare, "."), "https://" + arrived, "http://" + arrived, arrived + "/",
	} {
		propose(h, false)
	}
	for _, h := range s.e.cloudHosts() {
		propose(h, false)
	}
}

// addresses are what the server and the request say of where it went.
type addresses struct{ in *Input }

// likelyHosts are those that the request or the server name.
func (a addresses) likelyHosts() []string {
	hosts := append([]string(nil), a.in.Facts.Hosts[:min(len(a.in.Facts.Hosts), 32)]...)
	for _, name := range []string{"X-Forwarded-Host", "X-Original-Host", "X-Host"} {
		for _, v := range a.in.Request.Header[name] {
			host, _, _ := strings.Cut(v, ",")
			hosts = append(hosts, strings.TrimSpace(host))
		}
	}
	b := a.bucket()
	for _, region := range []string{a.in.Facts.BucketRegion, a.in.Facts.AddressRegion} {
		if region == "" {
			continue
		}
		for _, domain := range coshost.Domains() {
			if b != "" {
				hosts = append(hosts, b+".cos."+region+domain)
			}
			hosts = append(hosts, "cos."+region+domain)
		}
	}
	return hosts
}

// cloudHosts are the names that the bucket has, or would have, in the cloud.
func (a addresses) cloudHosts() []string {
	b := a.bucket()
	if b == "" {
		return nil
	}
	hosts := []string{
		b + ".cos.accelerate.myqcloud.com", b + ".cos-internal.accelerate.tencentcos.cn",
		b + ".file.myqcloud.com", b + ".localhost", "localhost", "127.0.0.1",
	}
	for _, region := range coshost.Regions() {
		for _, domain := range coshost.Domains() {
			hosts = append(hosts, b+".cos."+region+domain)
		}
		hosts = append(hosts, b+".cos-internal."+region+".tencentcos.cn", "cos."+region+".myqcloud.com")
	}
	return hosts
}

// maxBuckets bounds the buckets whose hosts are tried.
const maxBuckets = 32

// knownHosts are the hosts in the cloud of the buckets there are.
func (a addresses) knownHosts() []string {
	var hosts []string
	for _, b := range a.in.Facts.Buckets[:min(len(a.in.Facts.Buckets), maxBuckets)] {
		for _, region := range []string{a.in.Facts.Regions[b], a.in.Facts.AddressRegion} {
			if region == "" {
				continue
			}
			for _, domain := range coshost.Domains() {
				hosts = append(hosts, b+".cos."+region+domain)
			}
		}
		hosts = append(hosts, b+".cos.accelerate.myqcloud.com")
	}
	return hosts
}

// bucketHosts are the buckets behind knownHosts.
func (a addresses) bucketHosts() map[string]string {
	m := make(map[string]string)
	for _, h := range a.knownHosts() {
		m[h], _, _ = strings.Cut(h, ".")
	}
	return m
}

// observeHost sees an unknown host, with which the first part of the path was taken for
// the bucket (choice 476).
func observeHost(e *evidence) []Finding {
	f := &e.in.Facts
	if !f.HostUnknown || !f.BucketMissing || f.Bucket == "" || len(observeHostMalformed(e)) > 0 || len(observeNoAppID(e)) > 0 {
		return nil
	}
	v := Values{Arrived: coshost.WithoutPort(e.req.Host), Signed: f.Bucket, Name: "<bucket>-<APPID>"}
	if len(f.Buckets) > 0 {
		v.Name = f.Buckets[0]
	}
	found := wordsHostUnknown.Finding(v)
	found.Name = ""
	return ranked(found, rankBucket)
}

// bucket is the bucket that the request addresses: as the server says, else the
// first label of the host, where it ends as a bucket does.
func (a addresses) bucket() string {
	if b := a.in.Facts.Bucket; b != "" {
		return b
	}
	if p := strings.TrimPrefix(a.in.Verify.PathPrefix, "/"); p != "" {
		return signer.Decode(p)
	}
	label, _, ok := strings.Cut(coshost.WithoutPort(a.in.Request.Host), ".")
	if ok && coshost.HasAppID(label) {
		return label
	}
	return ""
}

var (
	wordsBare = Message{
		ID: PathBucket,
		Sentence: Text{
			En: `There is no bucket "{arrived}": at this address the path begins with the bucket.`,
			Zh: `没有存储桶 “{arrived}”：在这个地址上，路径的第一段是存储桶。`,
		},
		Advice: Text{
			En: "If {arrived} belongs to the key (at an address, SDKs such as Go, Java and C send the key alone), start cosemu with --aliases {detail}: the address then stands for that bucket. If it is the bucket, write its full name, <name>-<APPID>.",
			Zh: "如果 {arrived} 属于对象键（Go、Java、C 等 SDK 使用 IP 地址时，路径里只有对象键），请用 --aliases {detail} 启动 cosemu，让这个地址代表该存储桶。如果它就是存储桶，请写完整名称 <名称>-<APPID>。",
		},
	}
	wordsHostBare = Message{
		ID: Host,
		Sentence: Text{
			En: "Signed for host {signed}, arrived at {arrived} without the bucket {name}.",
			Zh: "签名时的域名是 {signed}，请求却到了 {arrived}，没有带上存储桶 {name}。",
		},
		Advice: Text{
			En: "Send the request to {signed}, with cosemu as the proxy. Or start cosemu with --aliases {arrived}={name}, so that this address stands for the bucket, and sign for {arrived}.",
			Zh: "把 cosemu 设为代理，仍向 {signed} 发送请求；或者用 --aliases {arrived}={name} 启动 cosemu，让这个地址代表该存储桶，再按 {arrived} 签名。",
		},
	}
)

// bare reports whether the path may be the key alone: it came to an address
// that stands for no bucket, and names a bucket that is not there.
func (a addresses) bare() bool {
	f := &a.in.Facts
	if f.Bare == "" || !f.BucketMissing || f.Bucket == "" {
		return false
	}
	id := f.Bucket[strings.LastIndexByte(f.Bucket, '-')+1:]
	for _, known := range f.Buckets {
		if strings.HasPrefix(known, f.Bucket+"-") && strings.LastIndexByte(known, '-') == len(f.Bucket) {
			return false // the bucket, without its APPID
		}
		if coshost.HasAppID(f.Bucket) && strings.HasSuffix(known, "-"+id) {
			return false // a bucket of an account that is known
		}
	}
	return true
}

// observeBare tells of the alias that makes such an address stand for a bucket
// (choice 490).
func observeBare(e *evidence) []Finding {
	if !e.bare() || e.aliased {
		return nil
	}
	f := &e.in.Facts
	name := "<name>-<APPID>"
	if len(f.Buckets) == 1 {
		name = f.Buckets[0]
	}
	alias := inPhrase(f.Bare) + "=" + name
	rank := rankBucket
	if f.Code == "InvalidRequest" { // refused before its signature was looked at
		rank = rankUnreadable
	}
	return ranked(wordsBare.Finding(Values{Arrived: f.Bucket, Detail: same(alias)}), rank)
}
