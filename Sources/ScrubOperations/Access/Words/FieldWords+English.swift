extension FieldWords {
  /// A line a field: its canonical name, what people call it, what it means to the person.
  static let english: StaticString = #"""
    abort_log | Why nothing was sent | The note that was taken when a message to you was stopped before it went out.
    abort_type | Kind of stop | The sort of reason for which a message to you was stopped.
    action | Signed up or signed off | Whether you joined or left a list of messages.
    activity_attributes_type | Kind of live display | Which sort of live display on the lock screen of your device it was.
    activity_id | Number of the live display | A number for one live display on your device.
    ad_id | Advertising number of your device | A number that your device gives to apps for advertising; its settings let you reset it.
    ad_id_type | Kind of advertising number | Which maker's sort of advertising number it is.
    ad_tracking_enabled | Advertising tracking setting | What your device said about tracking for advertising.
    agent_id | Number of the automatic assistant | Which of our automatic assistants (artificial intelligence) did the work.
    agent_name | Name of the automatic assistant | What we call the automatic assistant (artificial intelligence) that did the work.
    alt_accuracy | Precision of the height | By how much the recorded height may be off.
    altitude | Height of your position | How high up your device was when its position was recorded.
    amplitude_id | Your number at Amplitude | The number under which the analysis service Amplitude keeps you.
    app_group_api_id | Outside number of the workspace | The number by which other programs name the area of our messaging system that the record belongs to.
    app_group_id | Number of the workspace | Which area of our messaging system the record belongs to.
    app_id | Number of the app | Which of our apps or websites it concerns.
    archived | Archived | Whether the entry was set aside as no longer in use.
    attempt_count | Number of attempts | How many times it had been tried by then.
    banner_placement_id | Place of the banner | Where in the app or on the website the banner stands.
    batch_id | Number of the bundle | Which bundle of records this one travelled in.
    bounce_reason | Why it came back | What the mail or notification service answered when a message to you could not be delivered.
    browser | Browser | The program with which you looked at the page or message.
    bsuid | Your WhatsApp number with us | The number by which WhatsApp names you to our company in place of your phone number.
    button_action_type | What the button does | What happens when the button of the message is pressed.
    button_id | Button | Which button of the message was pressed.
    button_string | Name of the button | The name that we gave to the button that was pressed.
    cache_hit | Answered from memory | Whether a stored answer was used again, without asking the language model.
    cache_tokens | Text taken from memory | How much text the language model could take from its memory.
    call_type | Kind of call | In what way the record was sent on to the service.
    campaign_id | Number of the campaign | Which of our campaigns the message belongs to.
    campaign_name | Name of the campaign | What we call the campaign that the message belongs to.
    canvas_api_id | Outside number of the message series | The number by which other programs name the series of messages.
    canvas_entry_id | Your passage through a message series | A number for the one time that you went through a series of messages.
    canvas_id | Number of the message series | Which planned series of messages it belongs to.
    canvas_name | Name of the message series | What we call the planned series of messages.
    canvas_step_api_id | Outside number of the step | The number by which other programs name the step of the message series.
    canvas_step_id | Number of the step | Which step of the message series it is.
    canvas_step_message_variation_id | Version of the message in the step | Which version of the message was used in this step of the series.
    canvas_step_name | Name of the step | What we call this step of the message series.
    canvas_variation_api_id | Outside number of the path | The number by which other programs name the path through the message series.
    canvas_variation_id | Number of the path | Which of several paths through the message series you were put on.
    canvas_variation_name | Name of the path | What we call the path through the message series that you were put on.
    card_id | Number of the card | Which card in the app or on the website it is.
    carrier | Mobile network | The telephone company that your device was connected to.
    catalog_id | Number of the product list | Which of our product lists was shown in the message.
    category | Topic | The topic under which the record was filed.
    channel | Way of contact | How it reached you: for example by email or text message.
    channel_identifier | Your address for this way of contact | The email address or phone number at which you were to be reached.
    city | Town | The town that your connection seemed to come from.
    combination_token | Mix of contents | A mark for the mix of contents that was chosen for you.
    completion_tokens | Length of the answer | How much text the language model wrote.
    consent_state | Your consents | What you agreed or did not agree to, as the service had it.
    content_card_id | Number of the content card | Which content card in the app or on the website it is.
    content_length | Size | How large the content was.
    content_optimizer_step_id | Step of the content test | Which step in the trial of several contents it is.
    conversion_behavior | What counted as success | The rule that says which action was hoped for after the message.
    conversion_behavior_index | Which success it was | Which of the hoped-for actions you took, by its place in the list.
    country | Country | The country you are in or gave us.
    currency | Currency | The money in which the price is given.
    custom_attributes | Your other details | Further details of your profile that we chose to keep.
    custom_event_type | Sort of activity | How the service files this activity.
    deferral_reason | Why it was delayed | What the mail service answered when it put a message to you off.
    device_brand | Brand of your device | The brand under which your device is sold.
    device_class | Sort of device | Whether it was, for example, a phone, a tablet or a computer.
    device_family | Product line of your device | The line of products that your device belongs to.
    device_id | Number of your device | A number that our app gave to your device or browser.
    device_manufacturer | Maker of your device | The company that made your device.
    device_model | Model of your device | Which model your device is.
    device_os | System of your device | The operating system that your device seemed to run.
    dispatch_id | Number of the dispatch | A number for the one sending that the message was part of.
    dma | Media region | The region, as advertisers divide the country, that your connection seemed to come from.
    dob | Date of birth | The day on which you were born, as your profile has it.
    duration | Length | How long it lasted.
    element_label | Text of what you touched | The words on the button or suggestion that you touched.
    element_type | Sort of thing touched | Whether you touched, for example, a button or a suggestion.
    email_address | Email address | Your email address, at which the message was sent or from which you acted.
    email_sha256 | Fingerprint of your email address | Your email address turned into a fixed row of signs.
    endpoint_url | Address of the receiving system | The web address of the computer system that was told about it.
    environment | Kind of operation | Whether the record comes from real use or from a trial.
    error | Error | What went wrong, in the words of the system.
    esp | Mail service | The company that delivers our emails.
    event_name | What happened | What the service calls this event.
    event_sequence | Place in the order | The place of the event among those around it.
    event_type | Kind of event | The sort of event, in the service's own words.
    exit_reason | Why the series ended | Why you no longer received the series of messages.
    experiment_split_id | Number of your test group | Which group of a trial you were put in.
    experiment_split_name | Name of your test group | What we call the group of a trial that you were put in.
    experiment_step_id | Step of the trial | Which step of a message series tried several versions.
    external_user_id | Your customer number | The number or name under which our own systems keep you.
    feature_flag_id_name | Function of the app | The function of our app or website that was switched on or off for you.
    first_name | First name | Your first name, as your profile has it.
    flow_id | Number of the WhatsApp form | Which form within WhatsApp it was.
    flow_response_json | Your answers in the WhatsApp form | What you entered in a form within WhatsApp.
    from_domain | Our sending address | The part behind the @ of the address from which we wrote to you.
    from_phone_number | Our phone number | The number from which we wrote to you.
    from_rcs_sender | Our sender name in RCS chat | The sender under which we wrote to you by RCS chat.
    gender | Gender | Your gender, as your profile has it.
    has_url_parameters | Link with additions | Whether additions for measuring were put on the links of the message.
    home_city | Home town | The town you live in, as your profile has it.
    host | Server name | The name of the computer that the record came from.
    http_status_code | Answer of the receiving system | The number with which the receiving computer system answered.
    id | Number of the event | A number of its own for each event, so that none is counted twice.
    identity_encoding | Form of an identifier | Whether the identifier beside it is written as it is, or in another form.
    identity_type | Kind of an identifier | What sort of identifier stands beside it, such as an e-mail address or a customer number.
    in_control_group | In the comparison group | Whether you were left without the message, to compare with people who got it.
    in_reply_to | Message you answered | The number of our message that you replied to.
    inbound_phone_number | Our number that you wrote to | The phone number of ours to which you sent your message.
    input | What the assistant was given | The text that was put to our automatic assistant.
    interaction_type | What you did | How you dealt with the message: for example, touched a link or a button.
    invocation_id | Number of the assistant's run | A number for one run of our automatic assistant.
    invocation_source | What called the assistant | Which part of our systems set our automatic assistant to work.
    ios_push_token_apns_gateway | Apple's service for notifications | Which of Apple's services carries the notifications to your device.
    ip_address | Internet address | The number by which your connection could be reached on the internet.
    ip_pool | Group of sending servers | From which group of mail servers the email was sent.
    is_amp | Interactive email | Whether you saw the interactive version of the email.
    is_canvas_entry | Start of a message series | Whether a series of messages began for you with this.
    is_drop | Given up | Whether it was given up for good.
    is_error | Ended in an error | Whether the work ended in an error.
    is_sms_fallback | Text message instead | Whether an ordinary text message went out because the RCS chat did not reach you.
    is_suspected_bot_click | Perhaps not you | Whether the click looks as if a program made it, and not a person.
    is_terminal | Last try | Whether it was the last try.
    is_unique | First of its kind | Whether it was the first time that you did this with the message.
    language | Language | The language of your profile or device.
    last_name | Last name | Your family name, as your profile has it.
    latitude | Position, north or south | How far north or south your device was.
    library | Program part | The part of a program that made the record.
    line_channel_id | Number of our LINE account | Which of our accounts in LINE it is.
    line_channel_name | Name of our LINE account | What our account in LINE is called.
    link_alias | Name of the link | The name that we gave to the link that you clicked.
    link_aliasing_enabled | Links with names | Whether the links of the message carry names of ours.
    link_id | Number of the link | Which link of the message you clicked.
    live_activity_event_outcome | Result of the live display | Whether the live display reached your device.
    live_activity_event_type | Step of the live display | Whether the live display was started, renewed or ended.
    ll_accuracy | Precision of the position | By how much the recorded position may be off.
    llm_owned_by_customer | Language model of our own | Whether the language model was run under our own contract.
    locale_key | Language version | The language and region whose version of the message you got.
    longitude | Position, east or west | How far east or west your device was.
    machine_open | Opened by a program | Whether a mail program seems to have opened the email by itself.
    mailbox_provider | Your mail provider | The company that seems to run your mailbox.
    media_id | Number of the picture or file | The number of a picture or file that you sent us.
    media_urls | Pictures and files you sent | The web addresses of pictures, recordings or documents that you sent us.
    message_body | Text of your message | What you wrote to us.
    message_extras | Additions to the message | Details that were put into the message when it was made for you.
    message_id | Number of the message | A number for this one message.
    message_variation_id | Version of the message | Which of several versions of the message you got.
    message_variation_name | Name of the version | What we call the version of the message that you got.
    model_name | Language model | The language model (artificial intelligence) that was used.
    model_provider | Maker of the language model | The company whose language model was used.
    mpid | Your number at mParticle | The number under which the data service mParticle keeps you.
    name | Name of the activity | What we call the activity in our app or website.
    name_parts | Parts of your name | Your name in its parts.
    native_line_id | Your LINE number | The number under which LINE knows you.
    next_step_id | Step that follows | The step of the message series that came next for you.
    orphaned_by_id | Profile yours was joined to | The number of the profile that took over from another profile of yours.
    os_name | Name of the system | What the operating system of your device is called.
    os_version | Version of the system | Which version of its operating system your device ran.
    output | What the assistant answered | The text that our automatic assistant gave back.
    partner_id | Number of the sending service | Which service passed the record on.
    phone_number | Phone number | Your phone number.
    phone_sha256 | Fingerprint of your phone number | Your phone number turned into a fixed row of signs.
    platform | Platform | The sort of system you used: for example Android, iOS or the web.
    postal_code | Postcode | The postcode that your connection seemed to come from.
    prev_random_bucket_number | Earlier draw number | The number between 0 and 9999 that was drawn for you before.
    price | Price | What you paid, or what the item costs.
    product_id | Product | The number or name of what you bought.
    progression_type | How you moved on | In what way you went from one step of the message series to the next.
    prompt_tokens | Length of the question | How much text the language model was given.
    properties | Details of the activity | Details that our app or website added about what you did.
    provider_error_code | Error number of the carrier | The number by which the delivering company names what went wrong.
    provider_error_title | Error in the carrier's words | What the delivering company says went wrong.
    provider_request_id | Number at the language model's maker | The number under which the maker of the language model handled the request.
    push_to_start_token | Key for live displays | A secret with which a live display can be started on your device.
    push_token | Key for notifications | A secret with which notifications can be sent to your device.
    push_token_created_at | Notifications set up | When your device could first be sent notifications in this way.
    push_token_device_id | Device of the notification key | The number of the device that the key for notifications belongs to.
    push_token_foreground_push_disabled | Visible notifications off | Whether visible notifications were switched off on your device.
    push_token_provisionally_opted_in | Quiet notifications | Whether notifications were allowed only quietly, for a trial.
    push_token_state_change_type | Change of notifications | What changed about sending notifications to your device.
    push_token_updated_at | Notifications renewed | When the key for notifications to your device was last renewed.
    quick_reply_text | Quick answer | The text of the ready-made answer that you touched.
    random_bucket_number | Draw number | A number between 0 and 9999 that was drawn for you, to form test groups by chance.
    raw_response | Answer in full | What the receiving computer system answered, as it came.
    reasoning_tokens | Length of the thinking | How much text the language model used to work the answer out.
    received_time | Time of arrival | When the record arrived at the service.
    recipient_domain | Domain of your email address | The part of your email address behind the @.
    region | Region | The region that your connection seemed to come from.
    request_id | Number of the request | A number for one request, so that its parts can be found together.
    resolution | Screen size | How many picture points the screen of your device has.
    retry_count | Number of new tries | How many times a failed sending had been tried again.
    retry_log | Note on the new try | Why a sending had to be tried again.
    retry_type | Kind of new try | The sort of trouble for which a sending was tried again.
    schema_version | Version of the form | Which version of the record's form was used.
    sdk_version | Version of the built-in software | Which version of the messaging software was built into the app.
    send_id | Number of the sending | A number that we gave to a sending to count it by.
    send_time | Time of sending | When the message in question was sent.
    sending_ip | Address of the sending server | The internet address of the mail server that sent the email; it is not yours.
    session_id | Number of the visit | A number for one visit of yours to the app or website.
    short_url | Short link | The shortened web address that you followed.
    source | Where you came from | The advertisement or page that led you to our app.
    state_change_source | What made the change | Where the change came from: for example from you, or from our team.
    subscription_group_id | Number of the list | Which list of messages it concerns.
    subscription_status | Subscribed or not | Whether you wanted the messages after this change.
    suspected_bot_click_reason | Why it looks like a program | The signs by which the click was taken for that of a program.
    template_name | Name of the template | What we call the pattern from which the message was made.
    thinking_level | Effort of thinking | How much the language model was told to think.
    time | Time | When it happened.
    time_ms | Exact time | When it happened, to a thousandth of a second.
    timezone | Time zone | The time zone you are in.
    to_phone_number | Phone number written to | Your phone number to which the message was sent.
    to_rcs_sender | RCS sender you wrote to | The sender of ours in RCS chat that you wrote to.
    token | Access word of the service | A secret of ours for the service that received the record.
    tool_arguments | What the tool was given | The details that the automatic assistant handed to one of its tools.
    tool_call_id | Number of the tool's use | A number for the one time that a tool was used.
    tool_name | Tool | The tool that the automatic assistant used.
    total_tokens | Length of all text | How much text the language model read and wrote.
    update_source | What changed your profile | Where the change to your profile came from.
    update_token | Key for renewing the live display | A secret with which a live display on your device can be renewed.
    url | Link | The web address that you clicked.
    url_path | Path of the receiving address | The part of a web address behind the name of the computer.
    user_agent | Browser and device details | What your browser or mail program told about itself.
    user_id | Your number in the messaging system | The number that our messaging system gave to your profile.
    user_phone_number | Phone number you wrote from | Your phone number from which you wrote or clicked.
    uuid | Number of the stored record | A number that the service gave to this record.
    version | Version | The version of the app or of the record.
    web_push_token_public_key | Public key of your browser | A key of your browser with which notifications are made unreadable for others.
    web_push_token_user_auth | Secret of your browser | A secret that your browser shares with us for notifications.
    web_push_token_vapid_public_key | Our key for browser notifications | A key of ours by which browsers know that a notification comes from us; it is the same for everyone.
    webhook_duration | Time the receiving system took | How long the receiving computer system took to answer.
    webhook_failure_source | Where it failed | Which side was the cause when another computer system could not be told.
    write_key | Access key of the service | A secret of ours for passing records on.

    """#
}
