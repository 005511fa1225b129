package diagnose

// Title names a mistake in a few words, for lists of requests; the id itself for one that is not
// known.
func (id ID) Title() Text {
	if t, ok := titles()[id]; ok {
		return t
	}
	return Text{En: string(id), Zh: string(id)}
}

func titles() map[ID]Text {
	return map[ID]Text{
		Method:            {En: "other method", Zh: "请求方法不同"},
		Host:              {En: "other host", Zh: "域名不同"},
		HeaderValue:       {En: "header changed", Zh: "头部的值不同"},
		HeaderNotSent:     {En: "header not sent", Zh: "缺少签入的头部"},
		ParamValue:        {En: "parameter changed", Zh: "参数的值不同"},
		ParamNotSent:      {En: "parameter not sent", Zh: "缺少签入的参数"},
		PathEncodedTwice:  {En: "key encoded twice", Zh: "对象键多编码了一次"},
		PathNotEncoded:    {En: "key not encoded", Zh: "对象键没有编码"},
		PathPlus:          {En: "+ in the key", Zh: "对象键里有 +"},
		PathSlash:         {En: "slash lost or added", Zh: "斜杠多了或少了"},
		PathBucket:        {En: "bucket in the path", Zh: "路径里的存储桶"},
		TokenMissing:      {En: "token missing", Zh: "缺少 Token"},
		TokenUnknown:      {En: "other key's token", Zh: "Token 不属于该密钥"},
		TokenExpired:      {En: "temporary key expired", Zh: "临时密钥已过期"},
		TokenNotSigned:    {En: "token not signed", Zh: "Token 没有签入"},
		SecretWhitespace:  {En: "blank in the SecretKey", Zh: "SecretKey 里有空白"},
		SecretOther:       {En: "other key's SecretKey", Zh: "SecretKey 不配对"},
		KeyUnknown:        {En: "SecretId unknown", Zh: "SecretId 不存在"},
		KeySwapped:        {En: "SecretId and SecretKey swapped", Zh: "SecretId 与 SecretKey 互换了"},
		KeyFormat:         {En: "SecretId malformed", Zh: "SecretId 格式不对"},
		KeyWhitespace:     {En: "blank in the SecretId", Zh: "SecretId 里有空白"},
		KeyEmpty:          {En: "SecretId empty", Zh: "SecretId 为空"},
		AuthPrefix:        {En: "word before the signature", Zh: "签名前多了内容"},
		Expired:           {En: "signature expired", Zh: "签名已过期"},
		NotYetValid:       {En: "not valid yet", Zh: "签名尚未生效"},
		TimeUnit:          {En: "times not in seconds", Zh: "时间单位不是秒"},
		TimeZone:          {En: "off by a time zone", Zh: "相差一个时区"},
		SignEncodedTwice:  {En: "signature encoded twice", Zh: "签名多编码了一次"},
		SignatureFormat:   {En: "signature malformed", Zh: "签名格式不对"},
		Unsigned:          {En: "not signed", Zh: "没有签名"},
		QueryTwice:        {En: "signed twice", Zh: "签名出现了两次"},
		AWSSignature:      {En: "S3 signature", Zh: "S3 签名"},
		AWSChecksum:       {En: "S3 checksum", Zh: "S3 校验和"},
		AWSChunk:          {En: "S3 chunk's signature", Zh: "S3 分段的签名"},
		FaultInjected:     {En: "planned fault", Zh: "预设的故障"},
		TextEncoding:      {En: "not hashed as UTF-8", Zh: "不是按 UTF-8 计算"},
		TransferEncoding:  {En: "sent in chunks", Zh: "用 chunked 发送"},
		FormPolicy:        {En: "form policy", Zh: "表单的 policy"},
		FormBase64:        {En: "base64 was signed", Zh: "签了 base64"},
		ClockMoved:        {En: "emulator's clock moved", Zh: "模拟器的时钟被拨动"},
		HostMalformed:     {En: "no such host of COS", Zh: "COS 没有这个域名"},
		OldAPI:            {En: "old JSON API", Zh: "旧版 JSON API"},
		BucketNoAppID:     {En: "bucket without APPID", Zh: "存储桶名称缺少 APPID"},
		Region:            {En: "other region", Zh: "地域不同"},
		MD5Hex:            {En: "MD5 in hex", Zh: "MD5 写成了十六进制"},
		PathStyle:         {En: "path-style address", Zh: "path-style 域名"},
		BodyShort:         {En: "body ended early", Zh: "请求体提前结束"},
		CopySourceMissing: {En: "copy source missing", Zh: "复制的源不存在"},
		PolicyDenied:      {En: "not permitted", Zh: "没有权限"},
		CORSNoRule:        {En: "no CORS rule fits", Zh: "没有匹配的 CORS 规则"},
		CrossSite:         {En: "page of another site", Zh: "其他网站的页面"},
		StrictSignature:   {En: "more must be signed", Zh: "签入的内容不够"},
		Unknown:           {En: "cause not found", Zh: "未找到原因"},
	}
}
