package diagnose

import "strings"

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
func (e *evidence) bare() bool {
	f := &e.in.Facts
	if f.Bare == "" || !f.BucketMissing || f.Bucket == "" {
		return false
	}
	id := f.Bucket[strings.LastIndexByte(f.Bucket, '-')+1:]
	for _, known := range f.Buckets {
		if strings.HasPrefix(known, f.Bucket+"-") && strings.LastIndexByte(known, '-') == len(f.Bucket) {
			return false // the bucket, without its APPID
		}
		if hasAppID(f.Bucket) && strings.HasSuffix(known, "-"+id) {
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
